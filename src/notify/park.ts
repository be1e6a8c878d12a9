import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Zones } from '../time/zones.ts';
import { channelsWhere } from './channels/lookup.ts';
import { mailThreadKey } from './mail-thread.ts';
import { noticeKey } from './notice.ts';
import type { AddressedMessage, Destination } from './notifier.ts';

const sharedChannels = channelsWhere(({ addressee }) => addressee === 'shared');

/** A message with the destinations that it goes to. */
export interface ParkedMessage extends Omit<AddressedMessage, 'destination'> {
  readonly destinations: readonly Destination[];
}

export interface Parking {
  readonly job: string;
  readonly runId: string | null;
  readonly templateId: number;
  /** After this many hours unsent the messages are stale; undefined: the outbox's own limit. */
  readonly ttlHours: number | undefined;
  readonly now: Date;
  readonly zones: Zones;
}

/** How a destination differs from others when one is looked up in a set. */
export function destinationKey(of: { readonly channel: string; readonly destination: string }): string {
  return `${of.channel} ${of.destination}`;
}

/** How a message to a destination differs from others. */
export function queuedKey(of: {
  readonly dedupe_key: string;
  readonly channel: string;
  readonly destination: string;
}): string {
  return `${of.dedupe_key} ${destinationKey(of)}`;
}

/** One statement: what was queued under these keys before, as {@link queuedKey}s. */
export async function findQueued(
  trx: Transaction<Database>,
  dedupeKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ dedupe_key: string; channel: string; destination: string }>`
    select dedupe_key, channel, destination from opsdeck_jobs.message where dedupe_key = any(${dedupeKeys}::text[])`.execute(
    trx,
  );
  return new Set(rows.map(queuedKey));
}

/**
 * One statement, whatever the number of messages and destinations: queues what is not queued yet and returns the
 * {@link queuedKey}s of what it queued.
 *
 * The unique index on (dedupe_key, channel, destination) is the guarantee, also between two transactions: the second waits
 * for the first and then inserts nothing. That is why our row goes first, with an id already taken for OpsDeck's row, and
 * OpsDeck's row is written only for those of ours that went in: no row is ever left over that nobody will send.
 *
 * `next_retry_at` far in the future parks the row: OpsDeck's dispatcher, which knows nothing of our context, never picks it.
 */
export async function park(
  trx: Transaction<Database>,
  messages: readonly ParkedMessage[],
  parking: Parking,
): Promise<ReadonlySet<string>> {
  const texts = messages.map((one, n) => ({
    n,
    event_code: one.eventCode,
    dedupe_key: one.dedupeKey,
    target_type: one.targetType,
    target_id: one.targetId,
    context: one.context,
    notice: one.notice === undefined ? {} : { [noticeKey]: one.notice },
    mail: one.mailThread === undefined ? {} : { [mailThreadKey]: one.mailThread },
  }));
  const destinations = messages.flatMap((one, n) => one.destinations.map((each) => ({ n, ...each })));
  const { rows } = await sql<{ dedupe_key: string; channel: string; destination: string }>`
    with texts as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(texts)}::jsonb) as t (
               n int, event_code text, dedupe_key text, target_type text, target_id int, context jsonb, notice jsonb, mail jsonb)
    ), wanted as materialized (
      select t.dedupe_key, t.event_code, t.target_type, t.target_id, d.*,
             -- A mail has no use for the data, and nothing else for what its thread is.
             t.context || case when d.channel = any (${sharedChannels}::text[]) then t.notice else t.mail end as context,
             nextval(pg_get_serial_sequence('scheduled_communication', 'id'))::int as communication_id
        from jsonb_to_recordset(${JSON.stringify(destinations)}::jsonb) as d (
               n int, channel text, destination text, recipient_type text, recipient_email text, recipient_name text,
               recipient_user_id int, slack_target_channel text)
        join texts t on t.n = d.n
       where not exists (
               select from opsdeck_jobs.message m
                where m.dedupe_key = t.dedupe_key and m.channel = d.channel and m.destination = d.destination)
    ), clock as (
      select ${parking.now.toISOString()}::timestamptz as at
    ), queued as (
      insert into opsdeck_jobs.message
        (communication_id, run_id, job, event_code, channel, destination, dedupe_key, context,
         created_at, due_at, expires_at, record_head)
      select communication_id, ${parking.runId}::uuid, ${parking.job}::text, event_code,
             channel, destination, dedupe_key, context,
             at, at, at + make_interval(secs => ${parking.ttlHours ?? null}::float8 * 3600),
             (select max(number) from opsdeck_jobs.record_head)
        from wanted cross join clock
       -- Two who queue the same people at once must meet them in the same order, or they wait for each other.
       order by dedupe_key, channel, destination
      on conflict (dedupe_key, channel, destination) do nothing
      returning communication_id, dedupe_key, channel, destination
    ), parked as (
      insert into scheduled_communication
        (id, template_id, status, scheduled_date, target_type, target_id, recipient_email, recipient_type,
         recipient_name, recipient_user_id, channel, slack_target_channel, retry_count, next_retry_at, created_at)
      select w.communication_id, ${parking.templateId}::int, 'pending', (at at time zone ${parking.zones.business}::text)::date,
             left(w.target_type, 50), w.target_id, w.recipient_email, w.recipient_type,
             left(w.recipient_name, 100), w.recipient_user_id, w.channel, left(w.slack_target_channel, 50), 0,
             timestamp '9999-01-01 00:00:00', at at time zone ${parking.zones.stored}::text
        from wanted w join queued using (communication_id) cross join clock
       order by w.communication_id
    )
    select dedupe_key, channel, destination from queued
  `.execute(trx);
  return new Set(rows.map(queuedKey));
}
