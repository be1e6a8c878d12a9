import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { definitionOf } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';

/*
 * What keeps a channel as a whole from sending: kept in the database from the first refusal to the next successful delivery
 * through it, so that every sender, and whoever asks, knows it.
 *
 * Trouble of the sender (a refused login) or of the connection is tried again by every run, with one message at first. A server that
 * accepts nothing for now is left alone: a minute, then twice as long each time.
 */

/** Until an operator acts. */
const ofSender: ReadonlySet<string> = new Set(['login_refused', 'tls_refused', 'sender_refused']);
/** For now. */
const ofServer: ReadonlySet<string> = new Set(['server_away', 'server_busy']);

const firstPauseMinutes = 1;
const longestPauseMinutes = 30;
/** After equal refusals of many. */
const refusedPauseMinutes = 10;

/** Code of the trouble after equal refusals of many. */
export const manyRefused = 'many_refused';

export interface ChannelTrouble {
  readonly channel: Channel;
  readonly code: string;
  readonly reason: string;
  /** For an operator: the setting that answers it. */
  readonly next: string | null;
  readonly since: Date;
  /** Nothing is tried until then; null: every run tries. */
  readonly pausedUntil: Date | null;
}

export type NewTrouble = Pick<ChannelTrouble, 'code' | 'reason' | 'next'>;

/** Trouble that every message of the channel would have; undefined: it concerns this message alone. */
export function troubleIn(channel: Channel, outcome: DeliveryOutcome): NewTrouble | undefined {
  if (outcome.kind !== 'retry' || !definitionOf(channel).oneServer) return undefined;
  const { code, reason, next = null } = outcome;
  return ofSender.has(code) || ofServer.has(code) ? { code, reason, next } : undefined;
}

/** All that is known, by channel. One statement. */
export async function readTroubles(db: Kysely<Database>): Promise<ReadonlyMap<string, ChannelTrouble>> {
  const { rows } = await sql<ChannelTrouble>`
    select channel, code, reason, next_step as next, since, paused_until as "pausedUntil"
      from opsdeck_jobs.channel where code is not null`.execute(db);
  return new Map(rows.map((row) => [row.channel, row]));
}

/** Stores it; what is known already keeps its beginning. */
export async function noteTrouble(
  db: Kysely<Database>,
  channel: Channel,
  { code, reason, next }: NewTrouble,
  now: Date,
): Promise<ChannelTrouble> {
  const pause = pausesFor(code);
  const { rows } = await sql<{ since: Date; until: Date | null }>`
    insert into opsdeck_jobs.channel as c (channel, code, reason, next_step, since, pauses, paused_until)
    values (${channel}, ${code}, ${reason}, ${next}, ${now}::timestamptz, ${pause === null ? 0 : 1}::integer,
            ${now}::timestamptz + make_interval(mins => ${pause}::integer))
    on conflict (channel) do update set
      code = excluded.code, reason = excluded.reason, next_step = excluded.next_step, since = coalesce(c.since, excluded.since),
      -- Several that were on their way are one refusal.
      pauses = c.pauses + case when ${pause}::integer is not null and coalesce(c.paused_until <= ${now}::timestamptz, true)
                               then 1 else 0 end,
      paused_until = case
        when ${pause}::integer is null then null
        when c.paused_until > ${now}::timestamptz then c.paused_until
        else ${now}::timestamptz + make_interval(mins =>
               least(${pause}::integer * (2 ^ least(c.pauses, 10))::integer, ${longestPauseMinutes}::integer)) end
    returning since, paused_until as until`.execute(db);
  const [row] = rows;
  return { channel, code, reason, next, since: row?.since ?? now, pausedUntil: row?.until ?? null };
}

/** It sends: nothing is known against it any more. */
export async function forgetTrouble(db: Kysely<Database>, channel: Channel): Promise<void> {
  await sql`
    update opsdeck_jobs.channel
       set code = null, reason = null, next_step = null, since = null, pauses = 0, paused_until = null
     where channel = ${channel} and code is not null`.execute(db);
}

/** Minutes of the first pause; null: every run tries. */
function pausesFor(code: string): number | null {
  if (code === manyRefused) return refusedPauseMinutes;
  return code === 'server_busy' ? firstPauseMinutes : null;
}
