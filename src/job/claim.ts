import { sql } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { RunTrigger } from '../db/tables/runs.ts';
import type { InterruptedRun } from './jobs-snapshot.ts';
import { lapsedAfterSeconds } from './lapsed-run.sql.ts';

/** What is recorded of a run when it starts, or of a decision not to start it. */
export interface RunRecord {
  readonly runId: string;
  readonly job: string;
  readonly trigger: RunTrigger;
  /** Of its firing; default: 1. */
  readonly attempt?: number;
  /** Default: the empty one. */
  readonly concurrencyKey?: string;
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
      (id, job, status, trigger, concurrency_key, params, started_at, heartbeat_at, runner, program_version)
    values (${record.runId}::uuid, ${record.job}, 'running', ${record.trigger}, ${record.concurrencyKey ?? ''},
            ${record.paramsJson}::text::jsonb, ${record.startedAt}::timestamptz,
            ${heartbeats(database) ? sql`now()` : sql`null`}, ${record.runner}, ${record.programVersion})
    on conflict do nothing
    returning id`.execute(database.control);
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
      (id, job, status, trigger, concurrency_key, params, started_at, finished_at, duration_ms, runner, program_version,
       reason, error_code, error_message)
    values (${record.runId}::uuid, ${record.job}, 'skipped', ${record.trigger}, ${record.concurrencyKey ?? ''},
            ${record.paramsJson}::text::jsonb, ${record.startedAt}::timestamptz, ${record.startedAt}::timestamptz, 0, ${record.runner},
            ${record.programVersion}, ${reason}, ${reason}, ${message})`.execute(database.control);
}

/**
 * Takes a firing up again whose run ended in the middle, or failed and is to be tried again: true when the new attempt is ours. One statement; only while nothing
 * but overlaps with that run was decided since, the job is enabled and not paused; the unique indexes are the guarantee.
 */
export async function claimRepeat(
  database: OpenDatabase,
  record: RunRecord,
  interrupted: InterruptedRun,
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    insert into opsdeck_jobs.job_run
      (id, job, status, trigger, attempt, scheduled_for, params, stands_for, started_at, heartbeat_at, runner, program_version)
    select ${record.runId}::uuid, r.job, 'running', ${record.trigger}, r.attempt + 1, r.scheduled_for, r.params, r.stands_for,
           ${record.startedAt}::timestamptz, ${heartbeats(database) ? sql`now()` : sql`null`},
           ${record.runner}, ${record.programVersion}
      from opsdeck_jobs.job_run r
      join opsdeck_jobs.job_state s on s.job = r.job
     where r.id = ${interrupted.id}::uuid and s.enabled
       and ((r.status = 'interrupted' and r.cancel_requested_at is null)
            or (r.status = 'failed' and r.retry_at <= ${record.startedAt}::timestamptz))
       and (s.paused_at is null or s.paused_until <= ${record.startedAt}::timestamptz)
       and not exists (
         select from opsdeck_jobs.job_run n
          where n.job = r.job and n.scheduled_for > r.scheduled_for and n.reason is distinct from 'overlap')
    on conflict do nothing
    returning id`.execute(database.control);
  return rows.length > 0;
}

/**
 * After a claim whose answer was lost: which of the runs are ours all the same. Their heartbeat begins anew; one that has lapsed is
 * left to those who mark it.
 */
export async function ownClaims(
  database: OpenDatabase,
  runIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    update opsdeck_jobs.job_run
       set heartbeat_at = case when ${heartbeats(database)}::boolean then now() end
     where id = any (${runIds}::uuid[]) and status = 'running'
       and coalesce(heartbeat_at >= now() - make_interval(secs => ${lapsedAfterSeconds}::integer), true)
    returning id`.execute(database.control);
  return new Set(rows.map(({ id }) => id));
}

/** PostgreSQL has several runners and needs heartbeats; an embedded database has one owner. */
export function heartbeats(database: Pick<OpenDatabase, 'kind'>): boolean {
  return database.kind === 'postgres';
}
