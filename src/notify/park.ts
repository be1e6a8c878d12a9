import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Zones } from '../time/zones.ts';
import type { Channel, OutgoingMessage } from './notifier.ts';

/** One message to one destination. */
export interface Destination {
  readonly channel: Channel;
  readonly destination: string;
  /** A recipient kind, or `channel` for a shared destination. */
  readonly recipient_type: string;
  readonly recipient_email: string | null;
  readonly recipient_name: string | null;
  readonly recipient_user_id: number | null;
  readonly slack_target_channel: string | null;
}

export interface Parking {
  readonly job: string;
  readonly runId: string;
  readonly templateId: number;
  readonly now: Date;
  readonly zones: Zones;
}

/** How a destination is told from others when one is looked up in a set. */
export function destinationKey(of: { readonly channel: string; readonly destination: string }): string {
  return `${of.channel} ${of.destination}`;
}

/** One statement: the destinations that were queued under this key before. */
export async function findQueued(
  trx: Transaction<Database>,
  dedupeKey: string,
): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom('opsdeck_jobs.message')
    .select(['channel', 'destination'])
    .where('dedupe_key', '=', dedupeKey)
    .execute();
  return new Set(rows.map(destinationKey));
}

/**
 * One statement, whatever the number of destinations: queues what is not queued yet and returns the keys of what it
 * queued.
 *
 * The unique index on (dedupe_key, channel, destination) is the guarantee, also between two transactions: the second waits
 * for the first and then inserts nothing. That is why our row goes first, with an id already taken for OpsDeck's row, and
 * OpsDeck's row is written only for those of ours that went in: no row is ever left over that nobody will send.
 *
 * `next_retry_at` far in the future parks the row: OpsDeck's dispatcher, which knows nothing of our context, never picks it.
 */
export async function park(
  trx: Transaction<Database>,
  message: OutgoingMessage,
  destinations: readonly Destination[],
  parking: Parking,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ channel: string; destination: string }>`
    with wanted as materialized (
      select d.*, nextval(pg_get_serial_sequence('scheduled_communication', 'id'))::int as communication_id
        from jsonb_to_recordset(${JSON.stringify(destinations)}::jsonb) as d (
               channel text, destination text, recipient_type text, recipient_email text, recipient_name text,
               recipient_user_id int, slack_target_channel text)
       where not exists (
               select from opsdeck_jobs.message m
                where m.dedupe_key = ${message.dedupeKey} and m.channel = d.channel and m.destination = d.destination)
    ), clock as (
      select ${parking.now.toISOString()}::timestamptz as at
    ), queued as (
      insert into opsdeck_jobs.message
        (communication_id, run_id, job, event_code, channel, destination, dedupe_key, context,
         created_at, due_at, expires_at)
      select communication_id, ${parking.runId}::uuid, ${parking.job}::text, ${message.event.code}::text,
             channel, destination, ${message.dedupeKey}::text, ${JSON.stringify(message.context)}::jsonb,
             at, at, at + make_interval(secs => ${message.ttlHours ?? null}::float8 * 3600)
        from wanted cross join clock
       -- Two who queue the same people at once must meet them in the same order, or they wait for each other.
       order by channel, destination
      on conflict (dedupe_key, channel, destination) do nothing
      returning communication_id, channel, destination
    ), parked as (
      insert into scheduled_communication
        (id, template_id, status, scheduled_date, target_type, target_id, recipient_email, recipient_type,
         recipient_name, recipient_user_id, channel, slack_target_channel, retry_count, next_retry_at, created_at)
      select w.communication_id, ${parking.templateId}::int, 'pending', (at at time zone ${parking.zones.business}::text)::date,
             left(${message.targetType}::text, 50), ${message.targetId}::int, w.recipient_email, w.recipient_type,
             left(w.recipient_name, 100), w.recipient_user_id, w.channel, left(w.slack_target_channel, 50), 0,
             timestamp '9999-01-01 00:00:00', at at time zone ${parking.zones.stored}::text
        from wanted w join queued using (communication_id) cross join clock
       order by w.communication_id
    )
    select channel, destination from queued
  `.execute(trx);
  return new Set(rows.map(destinationKey));
}
