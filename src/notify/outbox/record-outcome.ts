import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { Zones } from '../../time/zones.ts';
import type { Transition } from './transition.ts';

export interface Recording {
  readonly id: string;
  readonly owner: string;
  readonly breakerKey: string | null;
  readonly now: Date;
  readonly zones: Zones;
  /** false: it was claimed and only put back; that is no attempt. */
  readonly tried: boolean;
}

const statusOf: Readonly<Record<Transition['state'], string>> = {
  queued: 'pending',
  unknown: 'pending',
  sent: 'sent',
  failed: 'failed',
  cancelled: 'cancelled',
};

/**
 * Records what became of one message, in our row and in OpsDeck's, in one short transaction of its own. Only while the lease is
 * the sender's: otherwise somebody has taken the message for lost and decided about it, and false is returned. A message that
 * was sent is `sent` whatever OpsDeck has decided meanwhile.
 */
export async function recordOutcome(
  db: Kysely<Database>,
  { id, owner, breakerKey, now, zones, tried }: Recording,
  to: Transition,
): Promise<boolean> {
  const status = statusOf[to.state];
  const { rows } = await sql`
    with ours as (
      update opsdeck_jobs.message
         set state = ${to.state}, attempts = attempts - ${tried ? 0 : 1}::integer, failures = ${to.failures}::integer, next_attempt_at = ${to.nextAttemptAt}::timestamptz,
             possible_repeat = ${to.possibleRepeat}::boolean, breaker_key = coalesce(${breakerKey}, breaker_key),
             last_code = ${to.code}, last_reason = ${to.reason}, provider_id = ${to.providerId},
             finished_at = case when ${status} <> 'pending' then ${now}::timestamptz end,
             lease_owner = null, lease_until = null
       where id = ${id}::uuid and state = 'sending' and lease_owner = ${owner}::uuid
      returning communication_id
    ), theirs as (
      update scheduled_communication c
         set status = ${status}, retry_count = ${to.failures}::integer, error_message = left(${to.reason}, 500),
             sent_at = case when ${status} = 'sent' then ${now}::timestamptz at time zone ${zones.stored}::text
                            else c.sent_at end,
             next_retry_at = case when ${status} = 'pending' then timestamp '9999-01-01 00:00:00' end
        from ours
       where c.id = ours.communication_id and (c.status = 'pending' or ${status} = 'sent')
    )
    select communication_id from ours`.execute(db);
  return rows.length > 0;
}
