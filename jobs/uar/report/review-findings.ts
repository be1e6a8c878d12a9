import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { isUrgent, severityOrder } from '../../../src/job/severity.sql.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { isOwnAccount, type Reviewer } from '../desk/reviewer.ts';
import { findingStatuses } from '../finding-words.ts';
import type { FindingDecision, Review, ReviewFinding } from './review.ts';

/*
 * The findings of one execution, with what was decided about each.
 *
 * A decision counts from the moment on which the finding was opened: when it was new, came back, or was opened again. What was
 * decided before was decided about something else. Decisions are those of this program (uar_decision) and those that people
 * made on OpsDeck's pages, which its journal holds (audit_log, entity UARFinding). With `until`, only those made by then.
 *
 * Read in pages, in an order that does not change: memory does not grow with the number of findings.
 */

const pageSize = 500;

type PageRow = Omit<ReviewFinding, 'decision'> & {
  readonly rank: number;
  readonly opened_at: Date | null;
  readonly decision: string | null;
  readonly note: string | null;
  readonly actor: string | null;
  readonly actor_user_id: number | null;
  readonly decided_at: Date | null;
};

export interface FindingsScope {
  readonly zones: Zones;
  /** Decisions made later do not count; null: all. */
  readonly until: Date | null;
  /** Only critical and high ones. */
  readonly urgentOnly?: boolean;
}

/** Worst first, then by key. */
export async function* reviewFindings(
  db: Kysely<Database>,
  review: Pick<Review, 'execution_id' | 'comparison_id'>,
  scope: FindingsScope,
): AsyncGenerator<ReviewFinding> {
  let after: PageRow | undefined;
  do {
    const page = await readPage(db, review, scope, after);
    const theirs = await journalDecisions(db, page, scope);
    for (const row of page) yield toFinding(row, theirs.get(row.id));
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
}

async function readPage(
  db: Kysely<Database>,
  { execution_id: executionId, comparison_id: comparisonId }: Pick<Review, 'execution_id' | 'comparison_id'>,
  { until, urgentOnly = false }: FindingsScope,
  after: PageRow | undefined,
): Promise<readonly PageRow[]> {
  const rank = severityOrder(sql.ref('o.severity'));
  const { rows } = await sql<PageRow>`
    with page as (
      select o.*, ${rank} as rank from opsdeck_jobs.uar_observation o
       where o.execution_id = ${executionId}::integer
         and (not ${urgentOnly} or ${isUrgent(sql.ref('o.severity'))})
         and (${after === undefined} or (${rank}, o.key_text collate "C", encode(o.identity, 'hex')) >
              (${after?.rank ?? 0}::integer, ${after?.key ?? ''}::text collate "C", ${after?.identity ?? ''}::text))
       order by rank, o.key_text collate "C", encode(o.identity, 'hex')
       limit ${pageSize}),
    opened as (
      select identity, max(finished_at) filter (where opens) as opened_at
        from (select p.identity, x.finished_at,
                     p.status = 'open' and (p.novelty <> 'seen' or
                       lag(p.status) over (partition by p.identity order by p.execution_id) is distinct from 'open') as opens
                from opsdeck_jobs.uar_execution_record x
                join opsdeck_jobs.uar_observation p on p.execution_id = x.execution_id
               where x.comparison_id = ${comparisonId}::integer and x.execution_id <= ${executionId}::integer
                 and p.identity in (select identity from page)) as history
       group by identity)
    select o.finding_id as id, encode(o.identity, 'hex') as identity, o.finding_type as type, o.severity, o.key_text as key,
           o.novelty, o.status, o.affected_user_id, u.email as affected_user, o.raw_data_a as data_a, o.raw_data_b as data_b,
           o.differences, o.exception_id::integer as exception_id, o.rank, w.opened_at,
           d.decision, d.note, d.actor, d.actor_user_id, d.at as decided_at
      from page o
      left join opened w on w.identity = o.identity
      left join public."user" u on u.id = o.affected_user_id
      left join lateral (
        select d.* from opsdeck_jobs.uar_decision d
         where d.finding_id = o.finding_id and (w.opened_at is null or d.at >= w.opened_at)
           and (${until}::timestamptz is null or d.at <= ${until}::timestamptz)
         order by d.id desc limit 1) d on true
     order by o.rank, o.key_text collate "C", encode(o.identity, 'hex')`.execute(db);
  return rows;
}

const statusChange = z.object({ status: z.object({ new: z.enum(findingStatuses) }) });

interface JournalRow {
  readonly finding_id: number;
  readonly at: Date;
  readonly user_id: number | null;
  readonly user_email: string;
  readonly changes: string | null;
}

/** What people decided on OpsDeck's pages about findings of the page that have no decision of ours; the newest of each. */
async function journalDecisions(
  db: Kysely<Database>,
  page: readonly PageRow[],
  { zones, until }: FindingsScope,
): Promise<ReadonlyMap<number, FindingDecision>> {
  const open = page.filter(({ decision }) => decision === null);
  if (open.length === 0) return new Map();
  const { rows } = await sql<JournalRow>`
    select a.entity_id as finding_id, a."timestamp" at time zone ${zones.stored} as at, a.user_id, a.user_email, a.changes
      from public.audit_log a
      join unnest(${open.map(({ id }) => id)}::integer[], ${open.map(({ opened_at }) => opened_at?.toISOString() ?? null)}::timestamptz[])
        as f (id, opened_at) on f.id = a.entity_id
     where a.entity_type = 'UARFinding' and a.action = 'update' and a.user_email is not null
       and (f.opened_at is null or a."timestamp" at time zone ${zones.stored} >= f.opened_at)
       and (${until}::timestamptz is null or a."timestamp" at time zone ${zones.stored} <= ${until}::timestamptz)
     order by a.id`.execute(db);
  const affected = new Map(open.map((one) => [one.id, one]));
  const decisions = new Map<number, FindingDecision>();
  for (const row of rows) {
    const status = newStatus(row.changes);
    if (status === undefined) continue;
    // Opened again by hand: what was decided before does not count any more.
    if (status === 'open') decisions.delete(row.finding_id);
    else {
      decisions.set(row.finding_id, {
        decision: status,
        note: null,
        actor: row.user_email,
        at: row.at,
        source: 'opsdeck',
        own_account: isOwn(affected.get(row.finding_id), { actor: row.user_email, userId: row.user_id }),
      });
    }
  }
  return decisions;
}

/** OpsDeck's journal is text of somebody else's: what is no change of a status is passed over. */
function newStatus(changes: string | null): (typeof findingStatuses)[number] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(changes ?? '');
  } catch {
    return undefined;
  }
  const parsed = statusChange.safeParse(value);
  return parsed.success ? parsed.data.status.new : undefined;
}

function isOwn(finding: PageRow | undefined, reviewer: Reviewer): boolean {
  if (finding === undefined) return false;
  const { affected_user_id: affectedUserId, affected_user: affectedUser, key, data_a, data_b } = finding;
  return isOwnAccount(reviewer, { affectedUserId, affectedUser, key, rows: [data_a, data_b] });
}

function toFinding(row: PageRow, theirs: FindingDecision | undefined): ReviewFinding {
  const {
    rank: _,
    opened_at: __,
    actor_user_id: userId,
    decision,
    note,
    actor,
    decided_at: at,
    ...finding
  } = row;
  if (decision === null || actor === null || at === null) return { ...finding, decision: theirs ?? null };
  return {
    ...finding,
    decision: {
      decision,
      note,
      actor,
      at,
      source: 'opsdeck-jobs',
      own_account: isOwn(row, { actor, userId }),
    },
  };
}
