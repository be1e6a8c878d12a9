import { type Kysely, sql } from 'kysely';
import { changeTransaction, locking } from '../../../src/db/change-transaction.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import { type Author, findDecider } from '../../../src/decisions/author.ts';
import { reportDecision } from '../../../src/decisions/report-decision.ts';
import { addDays, dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import type { FindingType } from '../finding-words.ts';
import { refusal } from '../refusal.ts';
import { isOwnAccount, ownAccountRefusal } from './own-account.ts';
import { checkRequester } from './requester.ts';

/** An exception lasts at most so many days; then somebody looks again. */
const longestDays = 365;

/** Somebody who may differ for a while: a break-glass or a service account. */
export interface NewException {
  /** Null: in every comparison. */
  readonly comparison: number | null;
  /** Exactly as the finding has it. */
  readonly key: string;
  /** Null: findings of every type. */
  readonly type: FindingType | null;
  /** The last day on which it counts, `YYYY-MM-DD`, business zone. */
  readonly until: string;
  readonly reason: string;
  /** The e-mail address of who asks for it: another person than who approves it. */
  readonly requester: string;
  /** What limits the risk while it counts. */
  readonly compensatingControl: string;
}

export interface StoredException {
  readonly id: string;
  readonly comparison_id: number | null;
  readonly comparison: string | null;
  readonly key: string;
  readonly type: string | null;
  readonly until: string;
  readonly reason: string;
  /** Null: not recorded then. */
  readonly requested_by: string | null;
  /** Null: not recorded then. */
  readonly compensating_control: string | null;
  readonly added_by: string;
  /** Null: not recorded then. */
  readonly entered_by: string | null;
  readonly added_at: Date;
  readonly revoked_by: string | null;
  readonly revoked_at: Date | null;
}

type Writable = Pick<OpenDatabase, 'db' | 'clock'>;

/** `id` null: it would be added, by a dry run. */
export interface AddedException {
  readonly id: string | null;
  readonly added: boolean;
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

/** How many findings that are open now an exception would accept. One statement. */
export async function countExcepted(
  db: Kysely<Database>,
  { comparison, key, type }: Pick<NewException, 'comparison' | 'key' | 'type'>,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count
      from opsdeck_jobs.uar_identity i join public.uar_finding f on f.id = i.finding_id
     where i.key_text = ${key} and f.status = 'open'
       and (${comparison}::integer is null or i.comparison_id = ${comparison}::integer)
       and (${type}::text is null or i.finding_type = ${type}::text)`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Did an execution, of ours or of OpsDeck's, read a row with that key, or find something about it? One statement. */
export async function wasKeySeen(
  db: Kysely<Database>,
  { comparison, key }: Pick<NewException, 'comparison' | 'key'>,
): Promise<boolean> {
  const { rows } = await sql<{ seen: boolean }>`
    select exists (select from opsdeck_jobs.uar_identity i
                    where i.key_text = ${key} and (${comparison}::integer is null or i.comparison_id = ${comparison}::integer))
        or exists (select from opsdeck_jobs.uar_population p
                    where p.key_text = ${key} and (${comparison}::integer is null or p.comparison_id = ${comparison}::integer))
        or exists (select from public.uar_finding f join public.uar_execution x on x.id = f.execution_id
                    where f.key_value = ${key} and (${comparison}::integer is null or x.comparison_id = ${comparison}::integer)) as seen`.execute(
    db,
  );
  return rows[0]?.seen === true;
}

/**
 * Adds an exception, with its row in the action log; its number. The same one twice is not stored twice. Who asks for it is another
 * person than who approves it.
 *
 * @throws OperatorError exit 2: `own_account`, `same_person`, `exception_too_long`, `unknown_actor`, `archived_actor`.
 */
export async function addException(
  { db, clock }: Writable,
  exception: NewException,
  author: Author,
  dryRun = false,
): Promise<AddedException> {
  const { comparison, key, type, until, reason, requester, compensatingControl } = exception;
  const { actor, enteredBy } = author;
  return changeTransaction(db, dryRun, async (trx) => {
    const reviewer = await findDecider(trx, actor);
    if (isOwnAccount(reviewer, { affectedUserId: null, affectedUser: null, key, rows: [] })) {
      throw ownAccountRefusal(actor, `'${key}' is`, 'nothing was added');
    }
    await checkRequester(trx, requester, reviewer);
    const today = dayOf(clock.now(), author.post.zones.business);
    const daysLeft = daysBetween(today, until);
    if (daysLeft > longestDays) throw tooLong(until, addDays(today, longestDays));
    // Two that add the same one at the same moment: the second waits here, and finds it.
    if (!dryRun) await sql`lock table opsdeck_jobs.uar_exception in share row exclusive mode`.execute(trx);
    const same = await sql<{ id: string }>`
      select id from opsdeck_jobs.uar_exception
       where comparison_id is not distinct from ${comparison}::integer and key_text = ${key}
         and finding_type is not distinct from ${type}::text and until = ${until}::date and reason = ${reason}
         and requested_by = ${requester} and compensating_control = ${compensatingControl} and added_by = ${actor}
         and revoked_at is null limit 1`.execute(trx);
    const found = same.rows[0];
    if (found !== undefined) return { id: found.id, added: false, mail: null };
    if (dryRun) return { id: null, added: true, mail: null };
    const { rows } = await sql<{ id: string }>`
      with added as (
        insert into opsdeck_jobs.uar_exception (comparison_id, key_text, finding_type, reason, until, added_by, entered_by, added_at,
                                                requested_by, compensating_control, announced_days)
        values (${comparison}::integer, ${key}, ${type}::text, ${reason}, ${until}::date, ${actor}, ${enteredBy}, ${clock.now()}::timestamptz,
                ${requester}, ${compensatingControl}, ${announcedAtFirst(daysLeft)}::integer)
        returning *),
      logged as (
        insert into opsdeck_jobs.action_log (at, actor, action, subject, after, note)
        select added_at, added_by, 'uar.exception_add', 'uar_exception:' || id,
               jsonb_build_object('comparison', comparison_id, 'key', key_text, 'type', finding_type, 'until', until, 'requested_by', requested_by,
                                  'compensating_control', compensating_control, 'entered_by', entered_by), reason
          from added)
      select id from added`.execute(trx);
    const added = rows[0];
    if (added === undefined) throw new Error('an insert returned no row');
    const what = `exception ${added.id} was approved: ${key} may differ until ${until}, as ${requester} asked`;
    const mail = await reportDecision(trx, reviewer, author, { what, reason });
    return { id: added.id, added: true, mail };
  });
}

function tooLong(until: string, last: string) {
  return refusal(
    'exception_too_long',
    `An exception lasts at most ${longestDays} days, and ${until} is later; nothing was added.`,
    `Give --until a day through ${last}.`,
  );
}

/** Who has just approved it needs no announcement of its end for what is due already. */
function announcedAtFirst(daysLeft: number): number | null {
  if (daysLeft <= 1) return 1;
  return daysLeft <= 14 ? 14 : null;
}

/** What an exception accepted until it was revoked. */
export interface RevokedException {
  /** False: it was revoked already. */
  readonly revoked: boolean;
  readonly key: string;
  /** Findings that it accepts now: the next execution opens them again. */
  readonly findings: number;
  readonly mail: string | null;
}

/** Ends an exception now. @throws OperatorError `unknown_exception`, exit 2. */
export async function revokeException(
  { db, clock }: Writable,
  id: number,
  { reason, ...author }: Author & { readonly reason: string | null },
  dryRun = false,
): Promise<RevokedException> {
  return changeTransaction(db, dryRun, async (trx) => {
    const { actor, enteredBy } = author;
    const decider = await findDecider(trx, actor);
    const { rows } = await sql<RevokedException>`
      select x.revoked_at is null as revoked, x.key_text as key, null as mail,
             (select count(*)::integer from opsdeck_jobs.uar_identity i where i.exception_id = x.id) as findings
        from opsdeck_jobs.uar_exception x where x.id = ${id}::bigint
      ${locking(dryRun, sql`for update of x`)}`.execute(trx);
    const found = rows[0];
    if (found === undefined) {
      throw refusal('unknown_exception', `There is no exception ${id}.`, 'Look with `uar exception list`.');
    }
    if (!found.revoked || dryRun) return found;
    await sql`
      with ended as (
        update opsdeck_jobs.uar_exception set revoked_by = ${actor}, revoked_at = ${clock.now()}::timestamptz
         where id = ${id}::bigint returning *)
      insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
      select revoked_at, revoked_by, 'uar.exception_revoke', 'uar_exception:' || id,
             jsonb_build_object('comparison', comparison_id, 'key', key_text, 'type', finding_type, 'until', until),
             jsonb_build_object('entered_by', ${enteredBy}::text), ${reason}::text
        from ended`.execute(trx);
    const what = `exception ${id} of ${found.key} was revoked`;
    return { ...found, mail: await reportDecision(trx, decider, author, { what, reason }) };
  });
}

/** Those that count on a day, or all there ever were; by their end. */
export async function listExceptions(
  db: Kysely<Database>,
  { today, all }: { readonly today: string; readonly all: boolean },
): Promise<readonly StoredException[]> {
  const { rows } = await sql<StoredException>`
    select x.id, x.comparison_id, c.name as comparison, x.key_text as key, x.finding_type as type, x.until::text as until,
           x.reason, x.requested_by, x.compensating_control, x.added_by, x.entered_by, x.added_at, x.revoked_by, x.revoked_at
      from opsdeck_jobs.uar_exception x left join public.uar_comparison c on c.id = x.comparison_id
     where ${all} or (x.revoked_at is null and x.until >= ${today}::date)
     order by x.until, x.id`.execute(db);
  return rows;
}
