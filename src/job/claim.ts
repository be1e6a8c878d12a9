import { sql } from 'kysely';
import type { OpenDatabase } from '../db/open-database.ts';
import type { RunTrigger } from '../db/tables/runs.ts';
import { lapsedAfterSeconds } from './jobs-snapshot.ts';

/** What is recorded of a run when it starts, or of a decision not to start it. */
export interface RunRecord {
  readonly runId: string;
  readonly job: string;
  readonly trigger: RunTrigger;
  /** JSON text of the validated parameters. */
  readonly paramsJson: string;
  /** Business time. */
  readonly startedAt: Date;
  /** `host:pid`. */
  readonly runner: string;
  readonly programVersion: string;
}

/**
 * Starts a run by hand: true when it is ours. The guarantee that at most one is running is the unique index
 * `job_run_running`; this statement only runs into it politely.
 */
export async function claimManualRun(database: OpenDatabase, record: RunRecord): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    insert into opsdeck_jobs.job_run
      (id, job, status, trigger, params, started_at, heartbeat_at, runner, program_version)
    values (${record.runId}::uuid, ${record.job}, 'running', ${record.trigger}, ${record.paramsJson}::text::jsonb,
            ${record.startedAt}::timestamptz,
            ${heartbeats(database) ? sql`now()` : sql`null`}, ${record.runner}, ${record.programVersion})
    on conflict do nothing
    returning id`.execute(database.db);
  return rows.length > 0;
}

/** Records that a run was asked for by hand and refused. */
export async function recordRefusal(
  database: OpenDatabase,
  record: RunRecord,
  reason: 'already_running' | 'paused',
  message: string,
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.job_run
      (id, job, status, trigger, params, started_at, finished_at, duration_ms, runner, program_version,
       reason, error_code, error_message)
    values (${record.runId}::uuid, ${record.job}, 'skipped', ${record.trigger}, ${record.paramsJson}::text::jsonb,
            ${record.startedAt}::timestamptz, ${record.startedAt}::timestamptz, 0, ${record.runner},
            ${record.programVersion}, ${reason}, ${reason}, ${message})`.execute(database.db);
}

/** A run that was marked `interrupted` because its runner no longer vouches for it. */
export interface LapsedRun {
  readonly id: string;
  readonly runner: string;
}

/**
 * Marks the job's lapsed runs `interrupted`, by the database's own clock. Its runner may still be alive, cut off from the
 * database: the fence in its transactions then rolls back what it writes. Embedded runs have no heartbeat and never lapse;
 * whoever opens the folder ends them.
 */
export async function interruptLapsedRuns(
  database: OpenDatabase,
  job: string,
): Promise<readonly LapsedRun[]> {
  const { rows } = await sql<LapsedRun>`
    update opsdeck_jobs.job_run
       set status = 'interrupted', finished_at = greatest(${database.clock.now()}::timestamptz, started_at),
           reason = 'heartbeat_lapsed', error_code = 'interrupted',
           error_message = 'The runner stopped without recording an end.'
     where job = ${job} and status = 'running'
       and heartbeat_at < now() - make_interval(secs => ${lapsedAfterSeconds}::integer)
    returning id, runner`.execute(database.db);
  return rows;
}

/** PostgreSQL has several runners and needs heartbeats; an embedded database has one owner. */
export function heartbeats(database: Pick<OpenDatabase, 'kind'>): boolean {
  return database.kind === 'postgres';
}
