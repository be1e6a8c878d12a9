import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { channelsWhere } from '../channels/lookup.ts';

export interface Recovered {
  /** Will be sent again: what was not begun as it was, the others under the same id, or marked as a possible repeat. */
  readonly requeued: number;
  /** Somebody must decide. */
  readonly unknown: number;
}

/**
 * Messages whose sender ended. What was not begun cannot have arrived and is queued as it was. Of the others nobody knows whether
 * they arrived. What the receiver recognises as a repeat is sent again; what shows that it may be one, once more; everything else is
 * shown for a decision (`whenInDoubt` of the channel).
 */
export async function recoverLost(db: Kysely<Database>): Promise<Recovered> {
  const again = channelsWhere(({ whenInDoubt }) => whenInDoubt === 'again');
  const once = channelsWhere(({ whenInDoubt }) => whenInDoubt === 'once');
  const { rows } = await sql<Recovered>`
    with lost as (
      select id, begun_at is not null as begun,
             begun_at is null or channel = any (${again}::text[])
               or (channel = any (${once}::text[]) and not possible_repeat) as again
        from opsdeck_jobs.message
       where waits_for = 'sender' and state = 'sending' and lease_until < now()
       order by id
         for update skip locked
    ), recovered as (
      update opsdeck_jobs.message m
         set state = case when again then 'queued' else 'unknown' end,
             attempts = m.attempts - case when begun then 0 else 1 end, possible_repeat = m.possible_repeat or begun,
             lease_owner = null, lease_until = null, next_attempt_at = null,
             last_code = case when begun then 'sender_lost' else m.last_code end,
             last_reason = case when begun then 'The sender ended in the middle of sending it; it may have arrived'
                                else m.last_reason end
        from lost where m.id = lost.id
      returning again
    )
    select count(*) filter (where again)::integer as requeued,
           count(*) filter (where not again)::integer as unknown
      from recovered`.execute(db);
  return rows[0] ?? { requeued: 0, unknown: 0 };
}

/** Whether a message `m` is too old: it outlived its own time before its first send, or was not looked at in time. */
export function isTooOld(now: Date, oldest: Date): RawBuilder<boolean> {
  return sql<boolean>`(
    m.waits_for = 'sender' and m.state = 'queued' and m.attempts = 0
    and case when m.expires_at is not null then m.expires_at < ${now}::timestamptz
             else m.seen_at is null and m.due_at < ${oldest}::timestamptz end)`;
}

/**
 * What has been decided elsewhere since it was queued: OpsDeck cancelled, deleted or sent the row, so we leave it alone. And what
 * is too old when it is first looked at, or has outlived its own time before its first send, is held for a decision; what was
 * looked at in time stays, however long its channel is not configured.
 */
export async function settleQueued(
  db: Kysely<Database>,
  now: Date,
  maxAgeMs: number,
): Promise<{ readonly cancelled: number; readonly held: number }> {
  const oldest = new Date(now.getTime() - maxAgeMs);
  const { rows } = await sql<{ cancelled: number; held: number }>`
    with cancelled as (
      update opsdeck_jobs.message m
         set state = 'cancelled', finished_at = ${now}::timestamptz, last_code = 'decided_elsewhere',
             last_reason = 'OpsDeck cancelled, deleted or sent it'
                           || case when m.possible_repeat then '; an earlier attempt may have arrived' else '' end
       where m.waits_for is not null and m.state in ('queued', 'held', 'unknown')
         and not exists (
           select from scheduled_communication c where c.id = m.communication_id and c.status = 'pending')
      returning m.id
    ), held as (
      update opsdeck_jobs.message m
         set state = 'held', last_code = 'too_old', last_reason = 'It had been due for too long when it could first be sent'
       where ${isTooOld(now, oldest)}
         and exists (select from scheduled_communication c where c.id = m.communication_id and c.status = 'pending')
      returning m.id
    ), seen as (
      update opsdeck_jobs.message m
         set seen_at = ${now}::timestamptz
       where m.waits_for = 'sender' and m.state = 'queued' and m.seen_at is null and m.due_at >= ${oldest}::timestamptz
         and m.due_at <= ${now}::timestamptz and (m.expires_at is null or m.expires_at >= ${now}::timestamptz)
         and exists (select from scheduled_communication c where c.id = m.communication_id and c.status = 'pending')
    )
    select (select count(*)::integer from cancelled) as cancelled, (select count(*)::integer from held) as held`.execute(
    db,
  );
  return rows[0] ?? { cancelled: 0, held: 0 };
}
