import { versions } from 'node:process';
import { Counter, Gauge as GaugeMetric, Registry } from 'prom-client';
import { durationBoundsMs, latenessBoundsMs } from '../job/run-buckets.ts';
import { type LoopStatus, stalledAfterMs } from '../scheduler/loop-status.ts';
import { version } from '../service/version.ts';
import { CountedHistogram, type CountedSeries } from './counted-histogram.ts';
import type { Labels } from './gauge.ts';
import type { JobGauge } from './job-gauges.ts';
import type { MetricsSnapshot, SchedulerGauge } from './read-metrics.ts';
import { addBuckets, type RunCount } from './run-counts.ts';

/** What is exported. */
export interface MetricsSource {
  /** null: the database did not tell in time. */
  readonly snapshot: MetricsSnapshot | null;
  /** The loop of this process; undefined where there is none, as in the `metrics` command. */
  readonly loop: LoopStatus | undefined;
}

/** The content type that goes with {@link renderMetrics}. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** What is always there, so that a rate can be taken from the first run on. */
const usualStatuses = ['succeeded', 'failed'] as const;

/** The metrics in Prometheus' text format, version 0.0.4. Seconds everywhere; what is not known is left out. */
export function renderMetrics({ snapshot, loop }: MetricsSource): Promise<string> {
  const registry = new Registry();
  const gauge = gaugeOf(registry);
  gauge('build_info', 'The program; always 1.', [[{ version, nodejs: versions.node }, 1]]);
  gauge('database_up', '1: the database answered. 0: it did not answer in time.', [
    [{}, snapshot === null ? 0 : 1],
  ]);
  if (loop !== undefined) addLoop(gauge, loop);
  if (snapshot !== null) addSnapshot(registry, gauge, snapshot);
  return registry.metrics();
}

type AddGauge = (name: string, help: string, values: readonly (readonly [Labels, number])[]) => void;

function gaugeOf(registry: Registry): AddGauge {
  return (name, help, values) => {
    // The library would make up a zero.
    if (values.length === 0) return;
    const labelNames = Object.keys(values[0]?.[0] ?? {});
    const gauge = new GaugeMetric({ name: `opsdeck_jobs_${name}`, help, labelNames, registers: [registry] });
    for (const [labels, value] of values) gauge.set({ ...labels }, value);
  };
}

function addLoop(gauge: AddGauge, loop: LoopStatus): void {
  const age = loop.lastTickAgeMs();
  gauge('loop_up', '1: the scheduler of this process went round within the last minute.', [
    [{}, age !== null && age <= stalledAfterMs ? 1 : 0],
  ]);
  if (age === null) return;
  gauge('loop_last_tick_age_seconds', 'Since the scheduler of this process last went round.', [
    [{}, age / 1000],
  ]);
}

function addSnapshot(registry: Registry, gauge: AddGauge, snapshot: MetricsSnapshot): void {
  const { runs, jobs, schedulers, gauges } = snapshot;
  if (runs !== null) addRuns(registry, runs, jobs ?? []);
  if (jobs !== null) addJobs(gauge, jobs);
  if (schedulers !== null) addSchedulers(gauge, schedulers);
  for (const { name, help, values } of gauges) gauge(name, help, values);
}

/** Always there, so that an alert can ask whether any daemon is alive. */
function addSchedulers(gauge: AddGauge, schedulers: readonly SchedulerGauge[]): void {
  gauge('daemons', 'Daemons on any host whose scheduler was active within the last minute.', [
    [{}, schedulers.find(({ kind }) => kind === 'daemon')?.alive ?? 0],
  ]);
  gauge(
    'scheduler_last_seen_timestamp_seconds',
    'When a daemon, or a timer by run-job --scheduled, last checked the schedules.',
    schedulers.map(({ kind, lastSeenAt }) => [{ kind }, lastSeenAt.getTime() / 1000]),
  );
}

function addJobs(gauge: AddGauge, jobs: readonly JobGauge[]): void {
  const instants = (of: (job: JobGauge) => Date | null) =>
    jobs.flatMap((job) => {
      const at = of(job);
      return at === null ? [] : [[{ job: job.job }, at.getTime() / 1000] as const];
    });
  gauge(
    'job_scheduled',
    '1: the schedule of the job runs. 0: it is disabled or paused.',
    jobs.map(({ job, scheduled }) => [{ job }, scheduled ? 1 : 0]),
  );
  gauge(
    'job_running',
    'Runs of the job that are going, on any host.',
    jobs.map(({ job, running }) => [{ job }, running]),
  );
  gauge(
    'job_last_success_timestamp_seconds',
    'When the last successful run of the job ended.',
    instants(({ lastSuccessAt }) => lastSuccessAt),
  );
  gauge(
    'job_next_run_timestamp_seconds',
    'The next scheduled run of the job; in the past: it is late.',
    instants(({ nextRunAt }) => nextRunAt),
  );
}

function addRuns(registry: Registry, runs: readonly RunCount[], jobs: readonly JobGauge[]): void {
  const counter = new Counter({
    name: 'opsdeck_jobs_runs_total',
    help: 'Runs that ended, and scheduled runs that were skipped or missed.',
    labelNames: ['job', 'status'],
    registers: [registry],
  });
  for (const { job } of jobs) for (const status of usualStatuses) counter.inc({ job, status }, 0);
  for (const { job, status, runs: count } of runs) counter.inc({ job, status }, count);
  new CountedHistogram({
    name: 'opsdeck_jobs_run_duration_seconds',
    help: 'How long runs took.',
    registry,
    bounds: durationBoundsMs.map(toSeconds),
    series: runs
      .filter(({ durationBuckets }) => durationBuckets.some((count) => count > 0))
      .map(({ job, status, durationBuckets, durationSumMs }) => ({
        labels: { job, status },
        buckets: durationBuckets,
        sum: toSeconds(durationSumMs),
      })),
  });
  new CountedHistogram({
    name: 'opsdeck_jobs_run_lateness_seconds',
    help: 'How long after their instant scheduled runs started.',
    registry,
    bounds: latenessBoundsMs.map(toSeconds),
    series: latenessByJob(runs),
  });
}

function latenessByJob(runs: readonly RunCount[]): readonly CountedSeries[] {
  const byJob = new Map<string, CountedSeries>();
  for (const { job, latenessBuckets, latenessSumMs } of runs) {
    if (latenessBuckets.every((count) => count === 0)) continue;
    const other = byJob.get(job);
    byJob.set(job, {
      labels: { job },
      buckets: other === undefined ? latenessBuckets : addBuckets(latenessBuckets, other.buckets),
      sum: toSeconds(latenessSumMs) + (other?.sum ?? 0),
    });
  }
  return [...byJob.values()];
}

function toSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
