import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Decider } from '../../../src/decisions/author.ts';
import { isUrgent, severityOrder } from '../../../src/job/severity.sql.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { type OpsdeckChange, opsdeckChanges } from '../desk/opsdeck-journal.sql.ts';
import { isOwnAccount } from '../desk/own-account.ts';
import type { FindingDecision, Review, ReviewFinding } from './review.ts';

/*
 * The findings of one execution, with what was decided about each.
 *
 * A decision counts from the moment on which the finding was opened: when it was new, came back, or was opened again. What was
 * decided before was decided about something else. Decisions are those of this program (uar_decision) and those that people
 * made on OpsDeck's pages, which its journal holds (opsdeck-journal.sql.ts); the newest of both. A status that neither explains was set by
 * an unknown person: it is shown, and does not satisfy a sign-off. With `until`, only what was done by then.
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
  readonly entered_by: string | null;
  readonly decided_at: Date | null;
  /** Of its row in OpsDeck's table, whatever has seen it since. */
  readonly status_now: string | null;
  readonly resolved_at: Date | null;
  /** It was resolved because it was not found any more. */
  readonly by_program: boolean;
  /** No later execution has it. */
  readonly is_newest: boolean;
};

/** Statuses that are somebody's decision. */
const decided: ReadonlySet<string> = new Set(['acknowledged', 'false_positive', 'resolved']);

/** Who set a status that no journal explains. */
const unknownPerson = 'an unknown person in OpsDeck';

export interface FindingsScope {
  readonly zones: Zones;
  /** Decisions made later do not count; null: all. */
  readonly until: Date | null;
  /** Only critical and high ones. */
  readonly urgentOnly?: boolean;
  /** What OpsDeck's rows say now counts, too: not of what is signed, which stays as it was. */
  readonly asOfNow?: boolean;
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
    const theirs = await opsdeckDecisions(db, page, scope);
    for (const row of page) yield toFinding(row, theirs.get(row.id));
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
}

async function readPage(
  db: Kysely<Database>,
  { execution_id: executionId, comparison_id: comparisonId }: Pick<Review, 'execution_id' | 'comparison_id'>,
  { zones, until, urgentOnly = false }: FindingsScope,
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
           d.decision, d.note, d.actor, d.actor_user_id, d.entered_by, d.at as decided_at, f.status as status_now,
           f.resolved_at at time zone ${zones.stored} as resolved_at, coalesce(f.resolution_notes like '%Auto-resolved:%', false) as by_program,
           coalesce(f.execution_id = o.execution_id, false) as is_newest
      from page o
      left join public.uar_finding f on f.id = o.finding_id
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

/** What counts about each finding of the page: the newest, whether made here or on OpsDeck's pages. */
async function opsdeckDecisions(
  db: Kysely<Database>,
  page: readonly PageRow[],
  { zones, until, asOfNow = false }: FindingsScope,
): Promise<ReadonlyMap<number, FindingDecision | null>> {
  const changes = await opsdeckChanges(
    db,
    page.map(({ id, opened_at: since, status_now: status }) => ({ id, since, status })),
    { zones, until },
  );
  const byId = new Map(page.map((one) => [one.id, one]));
  /** null: what was decided before was undone, or somebody was only asked to look at it. */
  const newest = new Map<number, FindingDecision | null>();
  for (const change of changes) {
    const row = byId.get(change.finding_id);
    if (row === undefined || (row.decided_at !== null && row.decided_at > change.at)) continue;
    newest.set(row.id, toDecision(change, row));
  }
  for (const row of page) {
    if (newest.has(row.id) || row.decision !== null || row.exception_id !== null) continue;
    const status = asOfNow && row.is_newest ? row.status_now : row.status;
    if (status === null || !decided.has(status)) continue;
    if (status === 'resolved' && row.by_program) continue;
    newest.set(row.id, {
      decision: status,
      note: null,
      actor: unknownPerson,
      at: row.is_newest ? row.resolved_at : null,
      source: 'unknown',
      own_account: false,
    });
  }
  return newest;
}

function toDecision(
  { decision, actor, user_id: userId, at }: OpsdeckChange,
  row: PageRow,
): FindingDecision | null {
  if (decision === null || decision === 'open') return null;
  return { decision, note: null, actor, at, source: 'opsdeck', own_account: isOwn(row, { actor, userId }) };
}

function isOwn(finding: PageRow, reviewer: Decider): boolean {
  const { affected_user_id: affectedUserId, affected_user: affectedUser, key, data_a, data_b } = finding;
  return isOwnAccount(reviewer, { affectedUserId, affectedUser, key, rows: [data_a, data_b] });
}

function toFinding(row: PageRow, theirs: FindingDecision | null | undefined): ReviewFinding {
  const {
    rank: _,
    opened_at: __,
    actor_user_id: userId,
    decision,
    note,
    actor,
    entered_by: enteredBy,
    decided_at: at,
    status_now: ___,
    resolved_at: ____,
    by_program: _____,
    is_newest: ______,
    ...finding
  } = row;
  if (theirs !== undefined) return { ...finding, decision: theirs };
  if (decision === null || actor === null || at === null) return { ...finding, decision: null };
  return {
    ...finding,
    decision: {
      decision,
      note,
      actor,
      ...(enteredBy === null ? {} : { entered_by: enteredBy }),
      at,
      source: 'opsdeck-jobs',
      own_account: isOwn(row, { actor, userId }),
    },
  };
}
