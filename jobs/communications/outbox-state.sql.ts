import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Channel } from '../../src/notify/channels/names.ts';
import { type PutOff, putOff, putOffDocument } from '../../src/notify/outbox/put-off.ts';
import type { Zones } from '../../src/time/zones.ts';

/** What waits in the outbox. */
export interface OutboxState {
  /** Due and not held, by channel; OpsDeck's rows included where they are adopted. */
  readonly due: Readonly<Record<string, number>>;
  /** Of them, refused when they were last tried, and not to be tried again yet; not those whose recipient is only put off. By channel. */
  readonly refused: Readonly<Record<string, number>>;
  readonly held: number;
  readonly unknown: number;
  /** Mails that the server has put off for long. */
  readonly put_off: { readonly count: number; readonly since: string | null; readonly reason: string | null };
}

/** One statement: what waits now; of OpsDeck's rows only what `adopts` takes over. What is switched off refuses nothing. */
export async function readOutboxState(
  db: Kysely<Database>,
  { now, zones, adopts }: { readonly now: Date; readonly zones: Zones; readonly adopts: boolean },
  switchedOff: readonly Channel[],
): Promise<OutboxState> {
  const { rows } = await sql<Omit<OutboxState, 'put_off'> & PutOff>`
    select (select coalesce(jsonb_object_agg(channel, due), '{}') from (
              select channel, count(*)::integer as due from (
                select m.channel from opsdeck_jobs.message m
                 where m.waits_for = 'sender' and m.state = 'queued' and m.due_at <= ${now}::timestamptz
                union all
                select c.channel from scheduled_communication c
                 where ${adopts}::boolean and c.status = 'pending'
                   and c.scheduled_date <= (${now}::timestamptz at time zone ${zones.business}::text)::date
                   and (c.next_retry_at is null or c.next_retry_at <= ${now}::timestamptz at time zone ${zones.stored}::text)
              ) waiting group by channel) counted) as due,
           (select coalesce(jsonb_object_agg(channel, refused), '{}') from (
              select m.channel, count(*)::integer as refused from opsdeck_jobs.message m
               where m.waits_for = 'sender' and m.state = 'queued' and m.due_at <= ${now}::timestamptz
                 and m.failures > 0 and m.next_attempt_at > ${now}::timestamptz
                 and m.last_code is distinct from 'recipient_later' and m.channel <> all (${switchedOff}::text[])
               group by m.channel) counted) as refused,
           (select count(*)::integer from opsdeck_jobs.message where waits_for = 'operator' and state = 'held') as held,
           (select count(*)::integer from opsdeck_jobs.message where waits_for = 'operator' and state = 'unknown') as unknown,
           p.count, p.since, p.reason from (${putOff(now)}) p`.execute(db);
  const [state] = rows;
  if (state === undefined) throw new Error('a count returned no row');
  const { due, refused, held, unknown, ...found } = state;
  return { due, refused, held, unknown, put_off: putOffDocument(found) };
}

/** Was the same trouble said by the run before, and within the last day? One statement. */
export async function wasToldLately(db: Kysely<Database>, code: string, now: Date): Promise<boolean> {
  const { rows } = await sql<{ told: boolean }>`
    select coalesce((
      select r.error_code = ${code} from opsdeck_jobs.job_run r
       where r.job = 'communications' and r.status in ('succeeded', 'failed', 'timed_out')
       order by r.started_at desc limit 1), false)
      and exists (
        select from opsdeck_jobs.job_run r
         where r.job = 'communications' and r.error_code = ${code} and r.result->>'told' = 'true'
           and r.started_at > ${new Date(now.getTime() - 86_400_000)}::timestamptz) as told`.execute(db);
  return rows[0]?.told === true;
}
