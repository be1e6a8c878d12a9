import { type RawBuilder, sql } from 'kysely';
import { durationBoundsMs, latenessBoundsMs } from '../../src/job/run-buckets.ts';

/** What was started, and so took time and may have been late. */
const started = sql`r.status not in ('skipped', 'missed')`;
/** Both NULL where there is nothing to measure. */
const durationMs = sql`case when ${started} then r.duration_ms::bigint end`;
const latenessMs = sql`case when ${started} and r.scheduled_for is not null
  then greatest(0, round(date_part('epoch', r.started_at - r.scheduled_for) * 1000)::bigint) end`;

/**
 * A SELECT that counts ended runs by job and status. `from` is a table or query with the columns of `job_run`, named `r`.
 *
 * `runs` are runs, and of rows that say why nothing ran the firings that they stand for.
 */
export function countRuns(from: RawBuilder<unknown>): RawBuilder<unknown> {
  // Rows are counted by bucket first: an array of filtered counts over all of them would take ten times as long.
  return sql`
    select c.job, c.status, sum(c.runs)::bigint as runs,
           sum(c.duration_ms)::bigint as duration_sum_ms,
           ${counts('duration_bucket', durationBoundsMs)} as duration_buckets,
           sum(c.lateness_ms)::bigint as lateness_sum_ms,
           ${counts('lateness_bucket', latenessBoundsMs)} as lateness_buckets,
           coalesce(sum(c.number) filter (where c.lateness_bucket is not null), 0)::bigint as lateness_count
      from (
        select r.job, r.status, count(*) as number,
               sum(case when ${started} then 1
                        else greatest(1, coalesce((r.stands_for ->> 'count')::bigint, 1)) end) as runs,
               coalesce(sum(${durationMs}), 0) as duration_ms, ${bucket(durationMs, durationBoundsMs)} as duration_bucket,
               coalesce(sum(${latenessMs}), 0) as lateness_ms, ${bucket(latenessMs, latenessBoundsMs)} as lateness_bucket
          from ${from}
         where r.status <> 'running'
         group by r.job, r.status, duration_bucket, lateness_bucket) c
     group by c.job, c.status`;
}

/** The number of the bucket, from 0 on; NULL where there is no value. */
function bucket(value: RawBuilder<unknown>, bounds: readonly number[]): RawBuilder<unknown> {
  // `width_bucket` counts the bounds that are not above its operand; one millisecond less makes the bounds inclusive.
  return sql`width_bucket(${value} - 1, array[${sql.join(bounds.map((bound) => sql.lit(bound)))}]::bigint[])`;
}

/** An array with one count for each bound and one for what is above: not cumulative, so that sums are element by element. */
function counts(
  column: 'duration_bucket' | 'lateness_bucket',
  bounds: readonly number[],
): RawBuilder<unknown> {
  const one = (index: number) =>
    sql`coalesce(sum(c.number) filter (where ${sql.ref(`c.${column}`)} = ${sql.lit(index)}), 0)`;
  return sql`array[${sql.join([...bounds, null].map((_, index) => one(index)))}]::bigint[]`;
}
