import { type RawBuilder, sql } from 'kysely';
import { count } from '../../text/count.ts';

/*
 * Messages whose recipient the mail server puts off (greylisting, a full mailbox) are tried again for `mail.give_up_after`. What is
 * put off for longer than greylisting lasts is worth a look before it is given up.
 */

export const longPutOffHours = 4;

/** Messages that have been put off for long. */
export interface PutOff {
  readonly count: number;
  /** Since when the oldest of them; null: there is none. */
  readonly since: Date | null;
  /** What the server answered about that one. */
  readonly reason: string | null;
}

/** `m` is our row. */
export function isLongPutOff(now: Date): RawBuilder<boolean> {
  const before = new Date(now.getTime() - longPutOffHours * 3_600_000);
  return sql<boolean>`(m.waits_for = 'sender' and m.refused_since <= ${before}::timestamptz)`;
}

/** A select of one {@link PutOff}. */
export function putOff(now: Date): RawBuilder<unknown> {
  return sql`
    select count(*)::integer as count, min(m.refused_since) as since,
           (array_agg(m.last_reason order by m.refused_since, m.id))[1] as reason
      from opsdeck_jobs.message m where ${isLongPutOff(now)}`;
}

/** The end of a sentence; the time is printed by who knows the zone. */
export function putOffWords({ count: found, reason }: Pick<PutOff, 'count' | 'reason'>): string {
  const words = `${count(found, 'mail')} put off by the mail server for over ${longPutOffHours} hours`;
  return reason === null ? words : `${words}; the oldest: ${reason}`;
}

/** As fields of a document; the time is ISO 8601 UTC. */
export function putOffDocument({ count: found, since, reason }: PutOff) {
  return { count: found, since: since?.toISOString() ?? null, reason };
}
