import { type RawBuilder, sql } from 'kysely';

/**
 * How runs are counted: by job and status, with the distributions of their duration and their lateness. Counted in the
 * database, by the same expressions for runs that are in the history and for runs that pruning takes out of it.
 *
 * The numbers of `opsdeck_jobs.run_tally` are counted by these bounds: who changes them needs a migration that empties or
 * recounts that table.
 */

/** Upper bounds of the durations, in milliseconds, inclusive; one more bucket holds what is longer. */
export const durationBoundsMs = [
  100, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
] as const;

/** Upper bounds of how late a scheduled run started, in milliseconds, inclusive; one more bucket holds what is later. */
export const latenessBoundsMs = [
  100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000,
  86_400_000,
] as const;

/** The columns of a count, in the order of {@link countRuns}; `job` and `status` are in front of them. */
export const countColumns = sql.raw(
  'runs, duration_sum_ms, duration_buckets, lateness_sum_ms, lateness_buckets, lateness_count',
);

/** What was started, and so took time and may have been late. */
const started = sql`r.status not in ('skipped', 'missed')`;
const durationMs = sql`r.duration_ms::bigint`;
const latenessMs = sql`greatest(0, floor(extract(epoch from r.started_at - r.scheduled_for) * 1000))::bigint`;

/**
 * A SELECT that counts ended runs by job and status. `from` is a table or query with the columns of `job_run`, named `r`.
 *
 * `runs` are runs, and of rows that say why nothing ran the firings that they stand for.
 */
export function countRuns(from: RawBuilder<unknown>): RawBuilder<unknown> {
  const late = sql`${started} and r.scheduled_for is not null`;
  return sql`
    select r.job, r.status,
           sum(case when ${started} then 1
                    else greatest(1, coalesce((r.stands_for ->> 'count')::bigint, 1)) end)::bigint as runs,
           coalesce(sum(${durationMs}) filter (where ${started}), 0)::bigint as duration_sum_ms,
           ${buckets(durationMs, durationBoundsMs, sql`${started} and r.duration_ms is not null`)} as duration_buckets,
           coalesce(sum(${latenessMs}) filter (where ${late}), 0)::bigint as lateness_sum_ms,
           ${buckets(latenessMs, latenessBoundsMs, late)} as lateness_buckets,
           (count(*) filter (where ${late}))::bigint as lateness_count
      from ${from}
     where r.status <> 'running'
     group by r.job, r.status`;
}

/** An array with one count for each bound and one for what is above: not cumulative, so that sums are element by element. */
function buckets(
  value: RawBuilder<unknown>,
  bounds: readonly number[],
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  // `width_bucket` counts the bounds that are not above its operand; one millisecond less makes the bounds inclusive.
  const bucket = sql`width_bucket(${value} - 1, array[${sql.join(bounds.map((bound) => sql.lit(bound)))}]::bigint[])`;
  const counts = [...bounds, null].map(
    (_, index) => sql`count(*) filter (where ${condition} and ${bucket} = ${sql.lit(index)})`,
  );
  return sql`array[${sql.join(counts)}]::bigint[]`;
}

/** The sum of two arrays of the same length, element by element. */
export function sumOfArrays(a: RawBuilder<unknown>, b: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select array_agg(u.a + u.b order by u.at) from unnest(${a}, ${b}) with ordinality as u(a, b, at))`;
}
