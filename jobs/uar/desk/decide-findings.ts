import { sql, type Transaction } from 'kysely';
import { changeTransaction, locking } from '../../../src/db/change-transaction.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import { type Author, type Decider, findDecider } from '../../../src/decisions/author.ts';
import { reportDecision } from '../../../src/decisions/report-decision.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Json } from '../../../src/text/json.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { writeJournal } from './journal.sql.ts';
import { isOwnAccount, ownAccountRefusal } from './own-account.ts';

/** What a person may decide about a finding: the word is the status that it gets. */
export type Decision = 'resolved' | 'acknowledged' | 'false_positive';

export interface DecidedFindings {
  /** Now decided, by number. */
  readonly changed: readonly number[];
  /** Had this status and this note of the same person already. */
  readonly already: readonly number[];
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

interface LockedFinding {
  readonly id: number;
  readonly execution_id: number;
  readonly status: string | null;
  readonly resolution_notes: string | null;
  readonly affected_user_id: number | null;
  readonly affected_user: string | null;
  readonly key: string;
  readonly data_a: Json;
  readonly data_b: Json;
  readonly decided: boolean;
}

/**
 * Carries out a decision about findings in one transaction: their rows, `opsdeck_jobs.uar_decision`, `action_log`, and OpsDeck's
 * journal (`audit_log`, marked as processed, so that no event rule mails it). Eight statements for any number of findings. All of
 * them or none. A dry run checks the same and changes nothing.
 *
 * @throws OperatorError exit 2: `unknown_finding`, `own_account`, `unknown_actor`, `archived_actor`.
 */
export async function decideFindings(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  zones: Zones,
  ids: readonly number[],
  { decision, note, ...author }: Author & { readonly decision: Decision; readonly note: string },
  dryRun = false,
): Promise<DecidedFindings> {
  return changeTransaction(db, dryRun, async (trx) => {
    const { actor, enteredBy } = author;
    const reviewer = await findDecider(trx, actor);
    const findings = await lockFindings(trx, ids, { decision, note, actor, dryRun });
    refuseUnknown(ids, findings);
    refuseOwn(reviewer, findings);
    const changed = findings.filter((one) => !one.decided);
    let mail: string | null = null;
    if (changed.length > 0 && !dryRun) {
      await record(trx, changed, {
        decision,
        note,
        reviewer,
        enteredBy,
        now: clock.now(),
        stored: zones.stored,
      });
      mail = await reportDecision(trx, reviewer, author, {
        what: whatChanged(changed, decision),
        reason: note,
      });
    }
    const numbers = (some: readonly LockedFinding[]) => some.map(({ id }) => id);
    return { changed: numbers(changed), already: numbers(findings.filter((one) => one.decided)), mail };
  });
}

/** How many findings a mail names. */
const namedInMail = 10;

/** `finding 12 (ana@example.org) was marked as resolved`. */
function whatChanged(findings: readonly LockedFinding[], decision: Decision): string {
  const some = findings.slice(0, namedInMail).map(({ id, key }) => `${id} (${key})`);
  const more = findings.length > some.length ? ` and ${findings.length - some.length} more` : '';
  const [noun, verb] = findings.length === 1 ? ['finding', 'was'] : ['findings', 'were'];
  return `${noun} ${some.join(', ')}${more} ${verb} marked as ${decision.replaceAll('_', ' ')}`;
}

/** In the order of their numbers, as everybody locks them. */
async function lockFindings(
  trx: Transaction<Database>,
  ids: readonly number[],
  {
    decision,
    note,
    actor,
    dryRun,
  }: {
    readonly decision: Decision;
    readonly note: string;
    readonly actor: string;
    readonly dryRun: boolean;
  },
): Promise<readonly LockedFinding[]> {
  const { rows } = await sql<LockedFinding>`
    select f.id, f.execution_id, f.status, f.resolution_notes,
           case when f.affected_entity_type = 'user' then f.affected_entity_id end as affected_user_id, u.email as affected_user,
           coalesce(i.key_text, f.key_value, '') as key, f.raw_data_a as data_a, f.raw_data_b as data_b,
           f.status is not distinct from ${decision} and coalesce(
             (select d.decision = ${decision} and d.note = ${note} and d.actor = ${actor}
                from opsdeck_jobs.uar_decision d where d.finding_id = f.id order by d.id desc limit 1), false) as decided
      from public.uar_finding f left join opsdeck_jobs.uar_identity i on i.finding_id = f.id
      left join public."user" u on f.affected_entity_type = 'user' and u.id = f.affected_entity_id
     where f.id = any (${ids}::integer[])
     order by f.id ${locking(dryRun, sql`for update of f`)}`.execute(trx);
  return rows;
}

function refuseUnknown(ids: readonly number[], findings: readonly LockedFinding[]): void {
  const found = new Set(findings.map(({ id }) => id));
  const unknown = ids.filter((id) => !found.has(id));
  if (unknown.length === 0) return;
  throw usage(
    `There is no finding ${unknown.join(', ')}; nothing was decided.`,
    'Look for its number with `uar findings`.',
    'unknown_finding',
  );
}

function refuseOwn(reviewer: Decider, findings: readonly LockedFinding[]): void {
  const own = findings.filter(
    ({ affected_user_id: affectedUserId, affected_user: affectedUser, key, data_a, data_b }) =>
      isOwnAccount(reviewer, { affectedUserId, affectedUser, key, rows: [data_a, data_b] }),
  );
  if (own.length === 0) return;
  throw ownAccountRefusal(
    reviewer.actor,
    `Finding ${own.map(({ id }) => id).join(', ')} is about`,
    'nothing was decided',
  );
}

interface DecisionRecord {
  readonly decision: Decision;
  readonly note: string;
  readonly reviewer: Decider;
  readonly enteredBy: string;
  readonly now: Date;
  readonly stored: string;
}

async function record(
  trx: Transaction<Database>,
  findings: readonly LockedFinding[],
  { decision, note, reviewer, enteredBy, now, stored }: DecisionRecord,
): Promise<void> {
  const ids = findings.map(({ id }) => id);
  const before = findings.map(({ status }) => status);
  await sql`
    update public.uar_finding
       set status = ${decision}, resolution_notes = ${note},
           resolved_at = case when ${decision} = 'resolved' then ${now}::timestamptz at time zone ${stored} end
     where id = any (${ids}::integer[])`.execute(trx);
  // From now on it is a person, and no exception, that keeps it as it is.
  await sql`
    update opsdeck_jobs.uar_identity set exception_id = null
     where finding_id = any (${ids}::integer[]) and exception_id is not null`.execute(trx);
  await sql`
    insert into opsdeck_jobs.uar_decision (finding_id, execution_id, decision, note, actor, actor_user_id, entered_by, at)
    select f.id, f.execution_id, ${decision}, ${note}, ${reviewer.actor}, ${reviewer.userId}::integer, ${enteredBy}, ${now}::timestamptz
      from public.uar_finding f where f.id = any (${ids}::integer[]) order by f.id`.execute(trx);
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
    select ${now}::timestamptz, ${reviewer.actor}, ${`uar.${decision}`}, 'finding:' || id,
           jsonb_build_object('status', status), jsonb_build_object('status', ${decision}::text, 'entered_by', ${enteredBy}::text), ${note}
      from unnest(${ids}::integer[], ${before}::text[]) as f (id, status) order by id`.execute(trx);
  await writeJournal(
    trx,
    { userId: reviewer.userId, email: reviewer.actor, at: now, storedZone: stored },
    findings.map((finding) => ({
      entity: 'UARFinding',
      id: finding.id,
      changes: {
        status: { old: finding.status, new: decision },
        resolution_notes: { old: finding.resolution_notes, new: note },
      },
    })),
  );
}
