import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { RunStatus } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';
import { OperatorError } from '../errors.ts';
import { lapsedAfterSeconds } from '../job/jobs-snapshot.ts';
import { jobs } from '../job/registry.ts';
import { countColumns, countRuns } from '../job/run-buckets.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { isPaused } from '../scheduler/decide-firing.ts';
import { nextAfter, parseSchedule } from '../scheduler/schedule.ts';
import type { Zones } from '../time/zones.ts';
import { readableTables } from './readable-columns.ts';

/** All runs of a job that ended in one way. Buckets are not cumulative; their bounds are in `run-buckets.ts`. */
export interface RunCount {
  readonly job: string;
  readonly status: RunStatus;
  readonly runs: number;
  readonly durationSumMs: number;
  readonly durationBuckets: readonly number[];
  readonly latenessSumMs: number;
  readonly latenessBuckets: readonly number[];
}

/** What a job is at now. */
export interface JobGauge {
  readonly job: string;
  /** Enabled and not paused. */
  readonly scheduled: boolean;
  readonly running: number;
  readonly lastSuccessAt: Date | null;
  /** The next firing that nobody has decided; in the past while nobody does. null: there is none. */
  readonly nextRunAt: Date | null;
}

/** Who looks after the schedules, by the database's clock. */
export interface SchedulerGauge {
  readonly kind: 'daemon' | 'timer';
  /** Those that said within the last minute that they are there. */
  readonly alive: number;
  readonly lastSeenAt: Date;
}

/** Messages that wait to be sent: OpsDeck's and ours. */
export interface OutboxGauge {
  readonly due: number;
  readonly later: number;
  /** Only an operator can decide what becomes of them. */
  readonly held: number;
  /** 0: none is due. */
  readonly oldestDueAgeSeconds: number;
}

/** What the database tells. null: a table is not there, or this role may not read it. */
export interface MetricsSnapshot {
  readonly runs: readonly RunCount[] | null;
  readonly jobs: readonly JobGauge[] | null;
  /** A row a kind; a kind that was not seen for a week is forgotten. */
  readonly schedulers: readonly SchedulerGauge[] | null;
  readonly outbox: OutboxGauge | null;
  /** Findings of access reviews with OpsDeck's status `open`, by severity. */
  readonly openFindings: ReadonlyMap<string, number> | null;
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
  'opsdeck_jobs.message': ['communication_id', 'due_at', 'state'],
  scheduled_communication: ['id', 'status', 'scheduled_date', 'created_at'],
  uar_finding: ['severity', 'status'],
} as const;

/** Six statements, whatever the number of jobs; each is one snapshot of the database. */
export async function readMetrics(
  db: Kysely<Database>,
  environment: Pick<RunEnvironment, 'database' | 'zones' | 'definitions'>,
): Promise<MetricsSnapshot> {
  const { database, zones, definitions = jobs } = environment;
  const readable = await readableTables(db, needed);
  const may = (...tables: readonly (keyof typeof needed)[]) => tables.every((table) => readable.has(table));
  const now = database.clock.now();
  const names = definitions.map(({ name }) => name);
  return {
    runs: may('opsdeck_jobs.job_run', 'opsdeck_jobs.run_tally') ? await readRuns(db) : null,
    jobs: may('opsdeck_jobs.job_run', 'opsdeck_jobs.job_state') ? await readJobs(db, names, now) : null,
    schedulers: may('opsdeck_jobs.runner') ? await readSchedulers(db) : null,
    outbox: may('scheduled_communication', 'opsdeck_jobs.message') ? await readOutbox(db, zones, now) : null,
    openFindings: may('uar_finding') ? await readOpenFindings(db) : null,
  };
}

const counts = z.array(z.coerce.number());
const runRow = z.object({
  job: z.string(),
  status: z.enum(['succeeded', 'failed', 'skipped', 'timed_out', 'interrupted', 'missed']),
  runs: z.coerce.number(),
  duration_sum_ms: z.coerce.number(),
  duration_buckets: counts,
  lateness_sum_ms: z.coerce.number(),
  lateness_buckets: counts,
});

/** What is in the history and what was pruned from it, in one statement: a run is in either, never in both or in none. */
async function readRuns(db: Kysely<Database>): Promise<readonly RunCount[]> {
  const { rows } = await sql`
    ${countRuns(sql`opsdeck_jobs.job_run r`)}
    union all
    select job, status, ${countColumns} from opsdeck_jobs.run_tally`.execute(db);
  const sums = new Map<string, RunCount>();
  for (const row of rows) {
    const count = toRunCount(runRow.parse(row));
    const key = `${count.job} ${count.status}`;
    const other = sums.get(key);
    sums.set(key, other === undefined ? count : sumOf(count, other));
  }
  return [...sums.values()].sort((a, b) => a.job.localeCompare(b.job) || a.status.localeCompare(b.status));
}

function toRunCount(row: z.output<typeof runRow>): RunCount {
  return {
    job: row.job,
    status: row.status,
    runs: row.runs,
    durationSumMs: row.duration_sum_ms,
    durationBuckets: row.duration_buckets,
    latenessSumMs: row.lateness_sum_ms,
    latenessBuckets: row.lateness_buckets,
  };
}

function sumOf(a: RunCount, b: RunCount): RunCount {
  return {
    ...a,
    runs: a.runs + b.runs,
    durationSumMs: a.durationSumMs + b.durationSumMs,
    durationBuckets: addBuckets(a.durationBuckets, b.durationBuckets),
    latenessSumMs: a.latenessSumMs + b.latenessSumMs,
    latenessBuckets: addBuckets(a.latenessBuckets, b.latenessBuckets),
  };
}

/** Element by element. */
export function addBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((count, index) => count + (b[index] ?? 0));
}

interface JobRow {
  readonly job: string;
  readonly enabled: boolean;
  readonly schedule: string;
  readonly timezone: string;
  readonly last_scheduled_for: Date | null;
  readonly paused_at: Date | null;
  readonly paused_until: Date | null;
  readonly last_success_at: Date | null;
  readonly running: number;
}

async function readJobs(
  db: Kysely<Database>,
  names: readonly string[],
  now: Date,
): Promise<readonly JobGauge[]> {
  const { rows } = await sql<JobRow>`
    select s.job, s.enabled, s.schedule, s.timezone, s.last_scheduled_for, s.paused_at, s.paused_until,
           success.finished_at as last_success_at, running.count as running
      from opsdeck_jobs.job_state s
      left join lateral (
        select r.finished_at from opsdeck_jobs.job_run r
         where r.job = s.job and r.status = 'succeeded'
         order by r.started_at desc limit 1) success on true
      cross join lateral (
        select count(*)::integer as count from opsdeck_jobs.job_run r
         where r.job = s.job and r.status = 'running'
           and coalesce(r.heartbeat_at >= now() - make_interval(secs => ${lapsedAfterSeconds}::integer), true)) running
     where s.job = any (${names}::text[])
     order by s.job`.execute(db);
  return rows.map((row) => {
    const paused = isPaused({ pausedAt: row.paused_at, pausedUntil: row.paused_until }, now);
    return {
      job: row.job,
      scheduled: row.enabled && !paused,
      running: row.running,
      lastSuccessAt: row.last_success_at,
      nextRunAt: row.enabled ? nextUndecided(row, paused, now) : null,
    };
  });
}

/** By the schedule that is stored, so that every process tells the same, however it is configured. */
function nextUndecided(row: JobRow, paused: boolean, now: Date): Date | null {
  if (paused && row.paused_until === null) return null;
  const decided = row.last_scheduled_for ?? now;
  // A firing at the very end of a pause runs.
  const pauseEnd = paused && row.paused_until !== null ? row.paused_until.getTime() - 1 : 0;
  try {
    const schedule = parseSchedule(row.schedule, `the job ${row.job}`);
    return nextAfter(schedule, row.timezone, new Date(Math.max(decided.getTime(), pauseEnd)));
  } catch (error) {
    // Written by hand or by a newer program: unknown here, and `list` says what is wrong with it.
    if (error instanceof OperatorError) return null;
    throw error;
  }
}

async function readSchedulers(db: Kysely<Database>): Promise<readonly SchedulerGauge[]> {
  const { rows } = await sql<{ kind: SchedulerGauge['kind']; alive: number; seen_at: Date }>`
    select kind, max(seen_at) as seen_at,
           (count(*) filter (where seen_at > clock_timestamp() - interval '1 minute'))::integer as alive
      from opsdeck_jobs.runner group by kind order by kind`.execute(db);
  return rows.map(({ kind, alive, seen_at }) => ({ kind, alive, lastSeenAt: seen_at }));
}

async function readOutbox(db: Kysely<Database>, zones: Zones, now: Date): Promise<OutboxGauge> {
  const { rows } = await sql<{ due: number; later: number; held: number; oldest: number }>`
    select (count(*) filter (where not q.held and q.due_at <= ${now}::timestamptz))::float8 as due,
           (count(*) filter (where not q.held and q.due_at > ${now}::timestamptz))::float8 as later,
           (count(*) filter (where q.held))::float8 as held,
           coalesce(extract(epoch from ${now}::timestamptz - min(q.due_at) filter (where not q.held)), 0)::float8 as oldest
      from (
        -- OpsDeck has no instant, only the day from which on a row may be sent.
        select coalesce(m.state in ('held', 'unknown'), false) as held,
               coalesce(m.due_at, greatest(c.created_at at time zone ${zones.stored}::text,
                                           c.scheduled_date::timestamp at time zone ${zones.business}::text)) as due_at
          from scheduled_communication c
          left join opsdeck_jobs.message m on m.communication_id = c.id
         where c.status = 'pending') q`.execute(db);
  const [row] = rows;
  return {
    due: row?.due ?? 0,
    later: row?.later ?? 0,
    held: row?.held ?? 0,
    oldestDueAgeSeconds: Math.max(0, row?.oldest ?? 0),
  };
}

async function readOpenFindings(db: Kysely<Database>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ severity: string; count: number }>`
    select coalesce(severity, 'unknown') as severity, count(*)::float8 as count
      from uar_finding where status = 'open' group by 1`.execute(db);
  return new Map(rows.map(({ severity, count }) => [severity, count]));
}
