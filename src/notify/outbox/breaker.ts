import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { DestinationAddress } from '../channels/message.ts';
import type { Channel } from '../channels/names.ts';

/*
 * Destinations that fail are left alone for a while, and those that are gone for good. Kept in the database: every sender
 * knows what any of them has found out.
 */

/** Failures in a row after which a destination is paused. */
const failuresToPause = 5;
/** The first pause; each further one is twice as long. */
const firstPauseMinutes = 10;
const longestPauseMinutes = 24 * 60;

/** Names a destination without giving its address away. */
export function breakerKey(channel: Channel, address: DestinationAddress): string {
  if ('name' in address) return `${channel} ${address.name}`;
  return `${channel} ${createHash('sha256').update(address.url).digest('hex').slice(0, 16)}`;
}

/** What is held against a destination. */
export interface KnownDestination {
  readonly pausedUntil: Date | null;
  /** Until an operator switches it on. */
  readonly switchedOff: boolean;
  readonly reason: string | null;
}

/** The destinations that failed and have not succeeded since, by key; they are few. */
export async function readDestinations(db: Kysely<Database>): Promise<Map<string, KnownDestination>> {
  const rows = await db
    .selectFrom('opsdeck_jobs.destination')
    .select(['key', 'paused_until', 'switched_off_at', 'last_reason'])
    .execute();
  return new Map(
    rows.map((row) => [
      row.key,
      { pausedUntil: row.paused_until, switchedOff: row.switched_off_at !== null, reason: row.last_reason },
    ]),
  );
}

/** One more failure in a row; answers until when the destination is paused now, if it is. */
export async function noteFailure(
  db: Kysely<Database>,
  key: string,
  channel: Channel,
  reason: string,
  now: Date,
): Promise<Date | null> {
  const { rows } = await sql<{ paused_until: Date | null }>`
    insert into opsdeck_jobs.destination as d (key, channel, failures, last_reason, updated_at)
    values (${key}, ${channel}, 1, ${reason}, ${now}::timestamptz)
    on conflict (key) do update set
      failures = d.failures + 1, last_reason = excluded.last_reason, updated_at = excluded.updated_at,
      pauses = d.pauses + case when d.failures + 1 >= ${failuresToPause}::integer
                                and coalesce(d.paused_until <= ${now}::timestamptz, true) then 1 else 0 end,
      paused_until = case
        when d.failures + 1 >= ${failuresToPause}::integer and coalesce(d.paused_until <= ${now}::timestamptz, true)
        then ${now}::timestamptz + make_interval(mins =>
               least(${firstPauseMinutes}::integer * (2 ^ least(d.pauses, 10))::integer, ${longestPauseMinutes}::integer))
        else d.paused_until end
    returning paused_until`.execute(db);
  const until = rows[0]?.paused_until ?? null;
  return until !== null && until > now ? until : null;
}

/** It works: nothing is held against it any more. */
export async function noteSuccess(db: Kysely<Database>, key: string): Promise<void> {
  await sql`delete from opsdeck_jobs.destination where key = ${key} and switched_off_at is null`.execute(db);
}

/** It said that it is gone. */
export async function switchOff(
  db: Kysely<Database>,
  key: string,
  channel: Channel,
  reason: string,
  now: Date,
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.destination as d (key, channel, failures, switched_off_at, last_reason, updated_at)
    values (${key}, ${channel}, 1, ${now}::timestamptz, ${reason}, ${now}::timestamptz)
    on conflict (key) do update set switched_off_at = coalesce(d.switched_off_at, excluded.switched_off_at),
      last_reason = excluded.last_reason, updated_at = excluded.updated_at`.execute(db);
}
