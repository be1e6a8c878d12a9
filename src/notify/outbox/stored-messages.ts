import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { MessageState } from '../../db/tables/messages.ts';
import type { Database } from '../../db/tables.ts';
import type { JsonObject } from '../../text/json.ts';
import type { Zones } from '../../time/zones.ts';
import { type PutOff, putOff } from './put-off.ts';

/** A message as it is stored: OpsDeck's row, and ours where there is one. */
export interface StoredMessage {
  /** `scheduled_communication.id`. */
  readonly communication_id: number;
  /** null: OpsDeck's row alone, which nobody has taken over. */
  readonly id: string | null;
  readonly state: MessageState;
  readonly origin: 'job' | 'opsdeck';
  /** null: OpsDeck queued it. */
  readonly job: string | null;
  readonly run_id: string | null;
  readonly event_code: string | null;
  readonly channel: string;
  /** An e-mail address or the name of a shared destination; never a secret address. */
  readonly destination: string;
  readonly recipient_name: string | null;
  readonly template: string | null;
  readonly target_type: string;
  readonly target_id: number;
  readonly due_at: Date;
  readonly expires_at: Date | null;
  readonly attempts: number;
  readonly failures: number;
  readonly next_attempt_at: Date | null;
  readonly possible_repeat: boolean;
  readonly code: string | null;
  readonly reason: string | null;
  readonly provider_id: string | null;
  readonly finished_at: Date | null;
  readonly context: JsonObject;
}

/**
 * Where a message is, in our words. The row that is settled has the last word: OpsDeck may have cancelled what we queued, or
 * queued again what we had sent. `c` is OpsDeck's row, `m` ours.
 */
export const stateOf: RawBuilder<MessageState> = sql<MessageState>`
  case when m.state = 'sending' then 'sending'
       when m.id is null or (c.status = 'pending') <> (m.state in ('queued', 'held', 'unknown'))
         then case when c.status = 'pending' then 'queued' else c.status end
       else m.state end`;

/** When an OpsDeck row of its own falls due: the day it is scheduled for, or when it was made if that was later. */
export function dueOf(zones: Zones): RawBuilder<Date> {
  return sql<Date>`coalesce(m.due_at, greatest(c.scheduled_date::timestamp at time zone ${zones.business}::text,
                                               c.created_at at time zone ${zones.stored}::text))`;
}

function columns(zones: Zones) {
  return sql`
    c.id as communication_id, m.id, ${stateOf} as state, coalesce(m.origin, 'opsdeck') as origin,
    case when m.origin = 'job' then m.job end as job, m.run_id, m.event_code, c.channel,
    coalesce(m.destination, nullif(btrim(c.recipient_email), ''), nullif(btrim(c.slack_target_channel), ''), c.channel) as destination,
    c.recipient_name, case when c.target_type = 'campaign' then g.title else t.name end as template, c.target_type, c.target_id,
    ${dueOf(zones)} as due_at, m.expires_at, coalesce(m.attempts, 0) as attempts,
    coalesce(m.failures, c.retry_count, 0) as failures, m.next_attempt_at, coalesce(m.possible_repeat, false) as possible_repeat,
    m.last_code as code, coalesce(m.last_reason, c.error_message) as reason, m.provider_id,
    coalesce(m.finished_at, c.sent_at at time zone ${zones.stored}::text) as finished_at, coalesce(m.context, '{}') as context`;
}

const tables = sql`
  scheduled_communication c
  left join opsdeck_jobs.message m on m.communication_id = c.id
  left join email_template t on t.id = c.template_id
  left join campaign g on c.target_type = 'campaign' and g.id = c.target_id`;

export interface MessageFilter {
  readonly state: MessageState | undefined;
  readonly channel: string | undefined;
  /** Only older ones than this. */
  readonly after: number | undefined;
  readonly limit: number;
}

/** The newest messages first. One statement. */
export async function listMessages(
  db: Kysely<Database>,
  zones: Zones,
  { state, channel, after, limit }: MessageFilter,
): Promise<readonly StoredMessage[]> {
  const { rows } = await sql<StoredMessage>`
    select ${columns(zones)} from ${tables}
     where (${state ?? null}::text is null or ${stateOf} = ${state ?? null}::text)
       and (${channel ?? null}::text is null or c.channel = ${channel ?? null}::text)
       and (${after ?? null}::integer is null or c.id < ${after ?? null}::integer)
     order by c.id desc limit ${limit}::integer`.execute(db);
  return rows;
}

/** One message; undefined: it is not there any more. */
export async function readMessage(
  db: Kysely<Database>,
  zones: Zones,
  communicationId: number,
): Promise<StoredMessage | undefined> {
  const { rows } = await sql<StoredMessage>`
    select ${columns(zones)} from ${tables} where c.id = ${communicationId}::integer`.execute(db);
  return rows[0];
}

/** Messages that somebody should look at. */
export interface WatchedMessages {
  /** They wait for an operator. */
  readonly held: number;
  readonly unknown: number;
  readonly putOff: PutOff;
}

/** One statement over a partial index. */
export async function countWatched(db: Kysely<Database>, now: Date): Promise<WatchedMessages> {
  const { rows } = await sql<PutOff & { held: number; unknown: number }>`
    select u.held, u.unknown, p.count, p.since, p.reason
      from (select count(*) filter (where state = 'held')::integer as held,
                   count(*) filter (where state = 'unknown')::integer as unknown
              from opsdeck_jobs.message where waits_for = 'operator') u
     cross join (${putOff(now)}) p`.execute(db);
  const { held, unknown, ...found } = rows[0] ?? { held: 0, unknown: 0, count: 0, since: null, reason: null };
  return { held, unknown, putOff: found };
}
