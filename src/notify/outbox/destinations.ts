import { type Kysely, sql } from 'kysely';
import type { OpenDatabase } from '../../db/database.ts';
import type { Database } from '../../db/tables.ts';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';

/** A destination that failed and has not succeeded since, and what waits for it. */
export interface TroubledDestination {
  /** Holds no secret. */
  readonly key: string;
  readonly channel: string;
  readonly failures: number;
  readonly paused_until: Date | null;
  readonly switched_off_at: Date | null;
  readonly reason: string | null;
  /** Messages that wait for the end of its pause. */
  readonly waiting: number;
}

/** Those that are switched off first, then those that are paused the longest. One statement. */
export async function listDestinations(db: Kysely<Database>): Promise<readonly TroubledDestination[]> {
  const { rows } = await sql<TroubledDestination>`
    select d.key, d.channel, d.failures, d.paused_until, d.switched_off_at, d.last_reason as reason,
           count(m.id)::integer as waiting
      from opsdeck_jobs.destination d
      left join opsdeck_jobs.message m on m.breaker_key = d.key and m.waits_for = 'sender' and m.state = 'queued'
     group by d.key
     order by d.switched_off_at is null, d.switched_off_at, d.paused_until desc nulls last, d.key`.execute(
    db,
  );
  return rows;
}

/**
 * Forgets what is held against a destination: it is tried again at once. One transaction, with its row in the action log.
 *
 * @returns how many messages wait for it.
 * @throws OperatorError `unknown_destination`, exit 2.
 */
export async function switchOn(
  database: Pick<OpenDatabase, 'db' | 'clock'>,
  key: string,
  actor: string,
): Promise<number> {
  const now = database.clock.now();
  return database.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ before: string }>`
      delete from opsdeck_jobs.destination d where d.key = ${key}
      returning jsonb_build_object('failures', d.failures, 'paused_until', d.paused_until,
                                   'switched_off_at', d.switched_off_at, 'reason', d.last_reason)::text as before`.execute(
      trx,
    );
    const [found] = rows;
    if (found === undefined) throw unknownDestination(key);
    const waiting = await sql<{ count: number }>`
      with woken as (
        update opsdeck_jobs.message set next_attempt_at = null
         where breaker_key = ${key} and waits_for = 'sender' and state = 'queued' and last_code = 'destination_paused'
        returning id
      )
      select count(*)::integer as count from woken`.execute(trx);
    await sql`
      insert into opsdeck_jobs.action_log (at, actor, action, subject, before)
      values (${now}::timestamptz, ${actor}, 'destination.switch_on', ${`destination:${key}`},
              ${found.before}::text::jsonb)`.execute(trx);
    return waiting.rows[0]?.count ?? 0;
  });
}

function unknownDestination(key: string): OperatorError {
  return usage(
    `The destination '${key}' is neither paused nor switched off.`,
    '`destinations list` shows those that are paused or switched off.',
    'unknown_destination',
  );
}
