import { type Kysely, sql } from 'kysely';
import { afterDeadlock } from '../../db/after-deadlock.ts';
import type { Database } from '../../db/tables.ts';
import type { Zones } from '../../time/zones.ts';
import { channels } from '../channels/lookup.ts';
import type { OpenWay } from './open-way.ts';
import { hasWay } from './open-ways.ts';

export interface HandBackOptions {
  /** Business time. */
  readonly now: Date;
  readonly ways: readonly OpenWay[];
  /** What has been due for longer is not handed back: an operator decides. */
  readonly maxAgeMs: number;
}

/** A daemon reports every ten seconds, a timer at each of its calls. By the clock of the database. */
const sendsNow = sql`
  select unnest(coalesce(r.sends, ${channels}::text[])) from opsdeck_jobs.runner r
   where r.seen_at > now() - case r.kind when 'daemon' then interval '1 minute' else interval '15 minutes' end`;

/**
 * What was adopted, was never tried and has no way any more is OpsDeck's again, unless a runner with a heartbeat sends through its
 * channel. What is too old by now is held: OpsDeck would send it at once. One statement.
 */
export async function handBack(
  db: Kysely<Database>,
  { now, ways, maxAgeMs }: HandBackOptions,
): Promise<{ readonly handedBack: number; readonly held: number }> {
  const oldest = new Date(now.getTime() - maxAgeMs);
  const { rows } = await afterDeadlock(() =>
    sql<{ handed_back: number; held: number }>`
    with stranded as materialized (
      select m.id, m.communication_id, m.due_at < ${oldest}::timestamptz as old
        from opsdeck_jobs.message m join scheduled_communication c on c.id = m.communication_id
       where m.waits_for = 'sender' and m.state = 'queued' and m.origin = 'opsdeck'
         and m.attempts = 0 and not m.possible_repeat and c.status = 'pending'
         and m.channel not in (${sendsNow}) and not ${hasWay(ways)}
       order by m.id
         for update of m, c skip locked
    ), held as (
      update opsdeck_jobs.message m
         set state = 'held', last_code = 'too_old', last_reason = 'It had been due for too long when its channel was switched off'
        from stranded where m.id = stranded.id and stranded.old
    ), removed as (
      delete from opsdeck_jobs.message m using stranded where m.id = stranded.id and not stranded.old
    ), freed as (
      update scheduled_communication c set next_retry_at = null
        from stranded where c.id = stranded.communication_id and not stranded.old
    )
    select count(*) filter (where not old)::integer as handed_back, count(*) filter (where old)::integer as held
      from stranded`.execute(db),
  );
  const [row] = rows;
  return { handedBack: row?.handed_back ?? 0, held: row?.held ?? 0 };
}

/** What is due in OpsDeck's queue and stays its own, by channel. One statement. */
export async function countLeft(
  db: Kysely<Database>,
  { now, zones, ways }: Pick<HandBackOptions, 'now' | 'ways'> & { readonly zones: Zones },
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ channel: string; count: number }>`
    select c.channel, count(*)::integer as count from scheduled_communication c
     where c.status = 'pending' and c.channel = any (${channels}::text[])
       and c.scheduled_date <= (${now}::timestamptz at time zone ${zones.business}::text)::date
       and (c.next_retry_at is null or c.next_retry_at <= ${now}::timestamptz at time zone ${zones.stored}::text)
       and not ${hasWay(ways)}
     group by c.channel`.execute(db);
  return new Map(rows.map(({ channel, count }) => [channel, count]));
}
