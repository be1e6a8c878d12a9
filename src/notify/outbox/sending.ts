/*
 * Whether any host may send: one row, decided by an operator for every host at once.
 *
 * Model: each statement that claims messages, or marks them as begun just before their first byte, takes this row's lock for share
 * and finds that sending is not stopped. Whoever stops it takes the row for update and so waits for the statements that are being
 * made: once `messages hold-all` has answered, nothing more begins anywhere. What had begun before ends and is recorded.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { identityAllowsSending } from '../../db/identity.ts';
import type { Database } from '../../db/tables.ts';

/** That sending is stopped, since when, by whom and why; null: no reason was given. */
export interface SendingStop {
  readonly at: Date;
  readonly by: string;
  readonly reason: string | null;
}

/** The reason that `setup` gives. */
export const reasonOfSetup = 'setup';

/** What ends a stop: `setup` ends with the look at what waits, which an operator's own stop had no need of. */
export function resumeCommand({ reason }: Pick<SendingStop, 'reason'>): string {
  return reason === reasonOfSetup ? 'setup --go-live' : 'messages resume';
}

/** One row while messages may be sent, which stays so until the statement's end; no row: sending is stopped. */
export const sendingAllowed: RawBuilder<unknown> = sql`
  select from opsdeck_jobs.sending where stopped_at is null and ${identityAllowsSending} for share`;

/** null: sending is not stopped. */
async function readSendingStop(db: Kysely<Database>): Promise<SendingStop | null> {
  const { rows } = await sql<SendingStop>`
    select stopped_at as at, stopped_by as by, stop_reason as reason
      from opsdeck_jobs.sending where stopped_at is not null`.execute(db);
  return rows[0] ?? null;
}

const otherDatabase = 'the database was restored or copied, and `migrate --confirm-database` was not run';

/** What keeps messages from being sent: an operator's decision, or that the database was restored or copied. null: nothing. One statement. */
export async function readWhatStopsSending(db: Kysely<Database>): Promise<SendingStop | null> {
  const { rows } = await sql<SendingStop>`
    with decided as materialized (
      select stopped_at as at, stopped_by as by, stop_reason as reason
        from opsdeck_jobs.sending where stopped_at is not null)
    select at, by, reason from decided
    union all
    select coalesce((select max(seen_at) from opsdeck_jobs.database_identity where confirmed_at is null), now()),
           'opsdeck-jobs', ${otherDatabase}::text
     where not exists (select from decided) and not ${identityAllowsSending}`.execute(db);
  return rows[0] ?? null;
}

/** What came of it: the stop that is, or was, in force, and whether this changed anything. */
export interface SendingDecision {
  readonly changed: boolean;
  readonly stop: SendingStop | null;
  /** Messages that were on their way already. */
  readonly underWay: number;
}

/** Stops sending for every host, with a row in the action log, in one transaction. Stopped already: nothing is changed. */
export async function stopSending(
  db: Kysely<Database>,
  by: string,
  reason: string | null,
): Promise<SendingDecision> {
  const decided = await db.transaction().execute(async (trx) => {
    await sql`select from opsdeck_jobs.sending for update`.execute(trx);
    const before = await readSendingStop(trx);
    if (before !== null) return { changed: false, stop: before };
    await sql`
      update opsdeck_jobs.sending set stopped_at = now(), stopped_by = ${by}, stop_reason = ${reason}`.execute(
      trx,
    );
    await logAction(trx, by, 'sending.stop', reason);
    return { changed: true, stop: await readSendingStop(trx) };
  });
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from opsdeck_jobs.message
     where waits_for = 'sender' and state = 'sending' and begun_at is not null`.execute(db);
  return { ...decided, underWay: rows[0]?.count ?? 0 };
}

/** Lets every host send again; `stop` is what was in force. */
export async function resumeSending(
  db: Kysely<Database>,
  by: string,
): Promise<Pick<SendingDecision, 'changed' | 'stop'>> {
  return db.transaction().execute(async (trx) => {
    await sql`select from opsdeck_jobs.sending for update`.execute(trx);
    const stop = await readSendingStop(trx);
    if (stop === null) return { changed: false, stop };
    await sql`update opsdeck_jobs.sending set stopped_at = null, stopped_by = null, stop_reason = null`.execute(
      trx,
    );
    await logAction(trx, by, 'sending.resume', null);
    return { changed: true, stop };
  });
}

async function logAction(
  db: Kysely<Database>,
  actor: string,
  action: string,
  note: string | null,
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.action_log (actor, action, subject, note)
    values (${actor}, ${action}, 'sending', ${note})`.execute(db);
}
