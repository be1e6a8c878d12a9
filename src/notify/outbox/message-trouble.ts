import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { Zones } from '../../time/zones.ts';
import { putOff } from './put-off.ts';

/** So many messages, and since when the oldest of them. */
export interface TroubledMessages {
  readonly count: number;
  /** null: there is none. */
  readonly since: Date | null;
  /** What was answered about the oldest; null: that is not asked for. */
  readonly reason: string | null;
}

/** Messages and destinations that a person should look at. */
export interface MessageTrouble {
  readonly held: TroubledMessages;
  readonly unknown: TroubledMessages;
  /** Of the last {@link failedDays} days: an older failure is no news. */
  readonly failed: TroubledMessages;
  /** Put off by the mail server for long. */
  readonly putOff: TroubledMessages;
  /** Due for longer than {@link longWaitMs}, not sent, and not put off. */
  readonly waiting: TroubledMessages;
  /** Destinations that are switched off. */
  readonly off: TroubledMessages;
}

export const failedDays = 7;
const longWaitMs = 60 * 60_000;

interface TroubleRow {
  readonly what: keyof MessageTrouble;
  readonly count: number;
  readonly since: Date | null;
  readonly reason: string | null;
}

const nothing: TroubledMessages = { count: 0, since: null, reason: null };

/** One statement; it reads only messages that wait and those that failed lately, by their indexes. */
export async function readMessageTrouble(
  db: Kysely<Database>,
  { zones, now }: { readonly zones: Zones; readonly now: Date },
): Promise<MessageTrouble> {
  const longAgo = new Date(now.getTime() - longWaitMs);
  const { rows } = await sql<TroubleRow>`
    select state as what, count(*)::integer as count, min(due_at) as since, null::text as reason
      from opsdeck_jobs.message where waits_for = 'operator' group by state
    union all
    select 'putOff', p.count, p.since, p.reason from (${putOff(now)}) p
    union all
    select 'waiting', count(*)::integer, min(due_at), null
      from opsdeck_jobs.message
     where waits_for = 'sender' and refused_since is null and due_at <= ${longAgo}::timestamptz
    union all
    select 'failed', count(*)::integer,
           min(coalesce(m.finished_at, c.scheduled_date::timestamp at time zone ${zones.business}::text)), null
      from scheduled_communication c
      left join opsdeck_jobs.message m on m.communication_id = c.id
     where c.status = 'failed'
       and c.scheduled_date > (${now}::timestamptz at time zone ${zones.business}::text)::date - ${failedDays}::integer
    union all
    select 'off', count(*)::integer, min(switched_off_at), null
      from opsdeck_jobs.destination where switched_off_at is not null`.execute(db);
  const of = (what: keyof MessageTrouble) => rows.find((row) => row.what === what) ?? nothing;
  return {
    held: of('held'),
    unknown: of('unknown'),
    failed: of('failed'),
    putOff: of('putOff'),
    waiting: of('waiting'),
    off: of('off'),
  };
}
