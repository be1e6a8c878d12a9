import { type Kysely, sql } from 'kysely';
import { readableColumns } from '../db/readable-columns.ts';
import type { Database } from '../db/tables.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import type { Gauge, GaugeSource } from './gauge.ts';
import { type JobGauge, readJobGauges } from './job-gauges.ts';
import { type RunCount, readRunCounts } from './run-counts.ts';

/** Who looks after the schedules, by the database's clock. */
export interface SchedulerGauge {
  readonly kind: 'daemon' | 'timer';
  /** Those that said within the last minute that they are there. */
  readonly alive: number;
  readonly lastSeenAt: Date;
}

/** What the database tells. null: a table is not there, or this role may not read it. */
export interface MetricsSnapshot {
  readonly runs: readonly RunCount[] | null;
  readonly jobs: readonly JobGauge[] | null;
  /** A row a kind; a kind that was not seen for a week is forgotten. */
  readonly schedulers: readonly SchedulerGauge[] | null;
  /** Of the jobs; those of which a table is not there, or may not be read, are left out. */
  readonly gauges: readonly Gauge[];
}

const needed = {
  'opsdeck_jobs.job_run': [
    'job',
    'status',
    'scheduled_for',
    'stands_for',
    'started_at',
    'finished_at',
    'heartbeat_at',
    'duration_ms',
  ],
  'opsdeck_jobs.job_state': [
    'job',
    'enabled',
    'schedule',
    'timezone',
    'last_scheduled_for',
    'paused_at',
    'paused_until',
  ],
  'opsdeck_jobs.run_tally': [
    'job',
    'status',
    'runs',
    'duration_sum_ms',
    'duration_buckets',
    'lateness_sum_ms',
    'lateness_buckets',
    'lateness_count',
  ],
  'opsdeck_jobs.runner': ['kind', 'seen_at'],
} as const;

/** Four statements, whatever the number of jobs, and one for each source of gauges; each is one snapshot of the database. */
export async function readMetrics(
  db: Kysely<Database>,
  environment: Pick<RunEnvironment, 'database' | 'config' | 'zones' | 'jobs' | 'definitions'>,
): Promise<MetricsSnapshot> {
  const { database, config, zones, jobs, definitions } = environment;
  const sources = jobs.flatMap(({ gauges }) => gauges ?? []);
  const readable = await readableColumns(db, [needed, ...sources.map(({ requires }) => requires)]);
  const may = (...tables: readonly (keyof typeof needed)[]) =>
    tables.every((table) => readable(table, needed[table]));
  const now = database.clock.now();
  const names = definitions.map(({ name }) => name);
  return {
    runs: may('opsdeck_jobs.run_tally') ? await readRunCounts(db) : null,
    jobs: may('opsdeck_jobs.job_run', 'opsdeck_jobs.job_state') ? await readJobGauges(db, names, now) : null,
    schedulers: may('opsdeck_jobs.runner') ? await readSchedulers(db) : null,
    gauges: await readGauges(
      db,
      sources.filter(({ requires }) =>
        Object.entries(requires).every(([table, columns]) => readable(table, columns)),
      ),
      { zones, now, off: config.switchedOff },
    ),
  };
}

async function readSchedulers(db: Kysely<Database>): Promise<readonly SchedulerGauge[]> {
  const { rows } = await sql<{ kind: SchedulerGauge['kind']; alive: number; seen_at: Date }>`
    select kind, max(seen_at) as seen_at,
           (count(*) filter (where seen_at > clock_timestamp() - interval '1 minute'))::integer as alive
      from opsdeck_jobs.runner group by kind order by kind`.execute(db);
  return rows.map(({ kind, alive, seen_at }) => ({ kind, alive, lastSeenAt: seen_at }));
}

async function readGauges(
  db: Kysely<Database>,
  sources: readonly GaugeSource[],
  moment: Parameters<GaugeSource['read']>[1],
): Promise<readonly Gauge[]> {
  const gauges: Gauge[] = [];
  for (const source of sources) gauges.push(...(await source.read(db, moment)));
  return gauges;
}
