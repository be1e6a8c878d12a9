import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { channels } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';

/** Whether a channel as a whole sends, and what of it waits. */
export interface ChannelState {
  readonly channel: Channel;
  /** `failing`: refused or away, from the first failure to the next delivery. `off`: switched off, never failing. */
  readonly state: 'works' | 'failing' | 'off';
  /** null: it works, or is off. */
  readonly since: Date | null;
  readonly code: string | null;
  readonly reason: string | null;
  /** Messages that are due; and since when the oldest of them. */
  readonly waiting: number;
  readonly oldest: Date | null;
}

/** One statement, over messages that wait. `off`: the channels that the configuration switches off. */
export async function readChannelStates(
  db: Kysely<Database>,
  { now, off }: { readonly now: Date; readonly off: readonly Channel[] },
): Promise<readonly ChannelState[]> {
  const { rows } = await sql<ChannelState>`
    select n.name as channel,
           case when n.name = any (${off}::text[]) then 'off' when t.code is null then 'works' else 'failing' end as state,
           case when n.name <> all (${off}::text[]) then t.since end as since,
           case when n.name <> all (${off}::text[]) then t.code end as code,
           case when n.name <> all (${off}::text[]) then t.reason end as reason,
           coalesce(w.waiting, 0) as waiting, w.oldest
      from unnest(${channels}::text[]) with ordinality as n(name, at)
      left join opsdeck_jobs.channel t on t.channel = n.name and t.code is not null
      left join (
        select m.channel, count(*)::integer as waiting, min(m.due_at) as oldest from opsdeck_jobs.message m
         where m.waits_for = 'sender' and m.due_at <= ${now}::timestamptz group by m.channel) w on w.channel = n.name
     order by n.at`.execute(db);
  return rows;
}

/** Messages wait for it: a problem until it sends. */
export function isBlocked({ state, waiting }: ChannelState): boolean {
  return state === 'failing' && waiting > 0;
}

/** As fields of a document; times are ISO 8601 UTC. */
export interface ChannelDocument extends Omit<ChannelState, 'since' | 'oldest'> {
  readonly since: string | null;
  readonly oldest: string | null;
}

export function channelDocument({ since, oldest, ...state }: ChannelState): ChannelDocument {
  return { ...state, since: since?.toISOString() ?? null, oldest: oldest?.toISOString() ?? null };
}
