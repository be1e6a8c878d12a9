import { type RawBuilder, sql } from 'kysely';

/** So old is the snapshot that a report compares with, where there is one. */
const daysBefore = 30;

/** The order of snapshots `t` in which the first is the one to compare with: the newest that was 30 days old at that instant, else the oldest. */
export function comparedFirst(at: Date): RawBuilder<unknown> {
  const isOld = sql`(t.taken_at <= ${at.toISOString()}::timestamptz - make_interval(days => ${daysBefore}::integer))`;
  return sql`${isOld} desc, case when ${isOld} then -t.audit_id else t.audit_id end`;
}
