/*
 * Whose turn it is to use a server that is for all messages of a channel.
 *
 * Model: a row of `opsdeck_jobs.channel` names the one sender that may claim messages of the channel, and so be connected to its
 * server, and from when on the next may be claimed. It is taken in the transaction of the claim, so the limits hold for all senders
 * of one database; a sender that was killed loses it after `leaseSeconds`. Clock: the database's.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { Channel } from '../channels/names.ts';

const leaseSeconds = 30;
/** Well within the lease. */
export const renewTurnEveryMs = 10_000;
/** For so long a sender waits for another one: a killed one has lost its turn by then. */
export const patienceMs = 40_000;

/** `messages`: so many may be claimed now. */
export type Turn =
  | { readonly kind: 'ours'; readonly messages: number; readonly waitMs: number }
  | { readonly kind: 'taken' };

/** One statement. With a limit a minute, messages are claimed evenly: those of a second at once, one at least. */
export async function takeTurn(
  trx: Transaction<Database>,
  channel: Channel,
  owner: string,
  { wanted, perMinute }: { readonly wanted: number; readonly perMinute: number | null },
): Promise<Turn> {
  const together = perMinute === null ? wanted : Math.max(1, Math.floor(perMinute / 60));
  const apart = perMinute === null ? 0 : 60 / perMinute;
  const { rows } = await sql<{ messages: number; wait_ms: number }>`
    with free as (
      select c.channel,
             case when ${perMinute}::integer is null or c.next_turn_at is null or c.next_turn_at <= clock_timestamp()
                  then least(${wanted}::integer, ${together}::integer) else 0 end as messages
        from opsdeck_jobs.channel c
       where c.channel = ${channel}
         and (c.owner is null or c.owner = ${owner}::uuid or c.owner_until < clock_timestamp())
         for update
    )
    update opsdeck_jobs.channel c
       set owner = ${owner}::uuid, owner_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::integer),
           next_turn_at = case when ${perMinute}::integer is null then null
                               when free.messages > 0
                               then clock_timestamp() + make_interval(secs => free.messages * ${apart}::float8)
                               else c.next_turn_at end
      from free where c.channel = free.channel
    returning free.messages,
              greatest(0, coalesce(extract(epoch from c.next_turn_at - clock_timestamp()) * 1000, 0))::float8 as wait_ms`.execute(
    trx,
  );
  const [turn] = rows;
  return turn === undefined
    ? { kind: 'taken' }
    : { kind: 'ours', messages: turn.messages, waitMs: turn.wait_ms };
}

/** Before the first turn: each channel has its row. One statement. */
export async function addChannels(db: Kysely<Database>, channels: readonly Channel[]): Promise<void> {
  await sql`
    insert into opsdeck_jobs.channel (channel)
    select name from unnest(${channels}::text[]) as t(name)
     where not exists (select from opsdeck_jobs.channel c where c.channel = t.name)
    on conflict (channel) do nothing`.execute(db);
}

export async function renewTurns(db: Kysely<Database>, owner: string): Promise<void> {
  await sql`
    update opsdeck_jobs.channel set owner_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::integer)
     where owner = ${owner}::uuid`.execute(db);
}

/** Others may connect now: the connections of this one are closed. */
export async function endTurns(db: Kysely<Database>, owner: string): Promise<void> {
  await sql`
    update opsdeck_jobs.channel set owner = null, owner_until = null where owner = ${owner}::uuid`.execute(
    db,
  );
}
