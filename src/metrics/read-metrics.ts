import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import type { Zones } from '../time/zones.ts';
import { type JobGauge, readJobGauges } from './job-gauges.ts';
import { readableTables } from './readable-columns.ts';
import { type RunCount, readRunCounts } from './run-counts.ts';

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
  const { database, zones, definitions } = environment;
  const readable = await readableTables(db, needed);
  const may = (...tables: readonly (keyof typeof needed)[]) => tables.every((table) => readable.has(table));
  const now = database.clock.now();
  const names = definitions.map(({ name }) => name);
  return {
    runs: may('opsdeck_jobs.run_tally') ? await readRunCounts(db) : null,
    jobs: may('opsdeck_jobs.job_run', 'opsdeck_jobs.job_state') ? await readJobGauges(db, names, now) : null,
    schedulers: may('opsdeck_jobs.runner') ? await readSchedulers(db) : null,
    outbox: may('scheduled_communication', 'opsdeck_jobs.message') ? await readOutbox(db, zones, now) : null,
    openFindings: may('uar_finding') ? await readOpenFindings(db) : null,
  };
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
