import type { Migration } from './migration.ts';

/** As in `run-buckets.ts`, frozen here: the numbers of `run_tally` are counted by them. */
const durationBounds = [
  100, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
];
const latenessBounds = [
  100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000,
  86_400_000,
];

const started = "r.status not in ('skipped', 'missed')";
const durationMs = `case when ${started} then r.duration_ms::bigint end`;
const latenessMs = `case when ${started} and r.scheduled_for is not null
                then greatest(0, round(date_part('epoch', r.started_at - r.scheduled_for) * 1000)::bigint) end`;

/** `width_bucket` counts the bounds that are not above its operand; one millisecond less makes the bounds inclusive. */
const bucket = (value: string, bounds: readonly number[]) =>
  `width_bucket(${value} - 1, array[${bounds.join(', ')}]::bigint[])`;

const counts = (column: string, bounds: readonly number[]) =>
  `array[${[...bounds, null]
    .map((_, index) => `coalesce(sum(c.number) filter (where c.${column} = ${index}), 0)`)
    .join(', ')}]::bigint[]`;

const sumOfArrays = (column: string) =>
  `(select array_agg(u.a + u.b order by u.at)
                             from unnest(t.${column}, excluded.${column}) with ordinality as u(a, b, at))`;

/** Adds the runs of `from`, which are called `r` and have ended, to `run_tally`. */
function addToTally(from: string): string {
  return `insert into opsdeck_jobs.run_tally as t
      (job, status, runs, duration_sum_ms, duration_buckets, lateness_sum_ms, lateness_buckets, lateness_count)
    select c.job, c.status, sum(c.runs)::bigint,
           sum(c.duration_ms)::bigint, ${counts('duration_bucket', durationBounds)},
           sum(c.lateness_ms)::bigint, ${counts('lateness_bucket', latenessBounds)},
           coalesce(sum(c.number) filter (where c.lateness_bucket is not null), 0)::bigint
      from (
        select r.job, r.status, count(*) as number,
               sum(case when ${started} then 1
                        else greatest(1, coalesce((r.stands_for ->> 'count')::bigint, 1)) end) as runs,
               coalesce(sum(${durationMs}), 0) as duration_ms, ${bucket(durationMs, durationBounds)} as duration_bucket,
               coalesce(sum(${latenessMs}), 0) as lateness_ms, ${bucket(latenessMs, latenessBounds)} as lateness_bucket
          from ${from}
         group by r.job, r.status, duration_bucket, lateness_bucket) c
     group by c.job, c.status
     -- In one order everywhere: two who end runs at once do not wait for each other in a circle.
     order by c.job, c.status
    on conflict (job, status) do update set
      runs = t.runs + excluded.runs,
      duration_sum_ms = t.duration_sum_ms + excluded.duration_sum_ms,
      duration_buckets = ${sumOfArrays('duration_buckets')},
      lateness_sum_ms = t.lateness_sum_ms + excluded.lateness_sum_ms,
      lateness_buckets = ${sumOfArrays('lateness_buckets')},
      lateness_count = t.lateness_count + excluded.lateness_count`;
}

/** With the rights of its owner: who may end a run need not be allowed to change the numbers otherwise. */
function tallyFunction(name: string, from: string): string {
  return `create function opsdeck_jobs.${name}() returns trigger language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
  begin
    ${addToTally(from)};
    return null;
  end $$`;
}

/**
 * What `metrics`, `list` and the daemon's pages ask of the runs costs the same however many there are: numbers are kept as
 * runs end, and the newest run, success and failures of a job have indexes of their own.
 */
export const runTotals: Migration = {
  name: '0022-run-totals',
  title: 'numbers of all runs, kept as they end; indexes for a long history',
  standaloneOnly: false,
  statements: [
    tallyFunction('tally_new_runs', "added r where r.status <> 'running'"),
    tallyFunction(
      'tally_ended_runs',
      "changed r join was on was.id = r.id where was.status = 'running' and r.status <> 'running'",
    ),
    `create trigger tally_new_runs after insert on opsdeck_jobs.job_run
  referencing new table as added for each statement execute function opsdeck_jobs.tally_new_runs()`,
    `create trigger tally_ended_runs after update on opsdeck_jobs.job_run
  referencing old table as was new table as changed for each statement execute function opsdeck_jobs.tally_ended_runs()`,
    // The triggers have locked the table: no run ends between them and this.
    addToTally("opsdeck_jobs.job_run r where r.status <> 'running'"),
    `comment on table opsdeck_jobs.run_tally is
  'All runs that ever ended, by job and status, also those that were pruned since. Triggers of job_run keep it.'`,
    // With all that is asked for: only then is the planner sure not to walk through job_run_started, past every other job.
    `create index job_run_succeeded on opsdeck_jobs.job_run (job, started_at desc) include (finished_at)
  where status = 'succeeded'`,
    `create index job_run_failed on opsdeck_jobs.job_run (job, started_at)
  where status in ('failed', 'timed_out')
     or (status = 'interrupted' and reason in ('heartbeat_lapsed', 'runner_gone'))`,
    `create index job_run_begun on opsdeck_jobs.job_run (job, started_at desc)
  include (id)
  where status not in ('skipped', 'missed')`,
  ],
};
