import { type Kysely, sql } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { RunStatus } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';
import { heartbeats, type RunRecord } from './claim.ts';

/** Who repeats a run by hand, and why; null: no reason was given. */
export interface RetryRequest {
  /** The run that is repeated. */
  readonly of: string;
  readonly by: string;
  readonly reason: string | null;
}

/** What has ended without success, and so may be repeated; of what was skipped or missed nothing ran. */
const retryable: readonly RunStatus[] = ['failed', 'timed_out', 'interrupted'];

export function isRetryable(status: RunStatus): boolean {
  return retryable.includes(status);
}

/** Of a run `r`: the later ones `n` that repeat it, by hand or as the next attempt at the same firing. Runs since then only, by index. */
const repeatsOfRun = sql`
  opsdeck_jobs.job_run n
   where n.job = r.job and n.started_at >= r.started_at and n.id <> r.id and n.status not in ('skipped', 'missed')
     and (n.retry_of = r.id or (n.scheduled_for = r.scheduled_for and n.attempt > r.attempt))`;

/** The newest run that repeats this one; undefined: none does. */
export async function newestRepeat(
  db: Kysely<Database>,
  runId: string,
): Promise<{ readonly id: string; readonly status: RunStatus } | undefined> {
  const { rows } = await sql<{ id: string; status: RunStatus }>`
    select newest.id, newest.status from opsdeck_jobs.job_run r
     cross join lateral (
       select n.id, n.status from ${repeatsOfRun} order by n.started_at desc, n.id desc limit 1) newest
     where r.id = ${runId}::uuid`.execute(db);
  return rows[0];
}

/**
 * Starts a run by hand that repeats another one, with its parameters, and writes who asked for it into the action log: true
 * when it is ours. One statement. A scheduled run is repeated as the next attempt at its firing, so that nobody else takes it up again; the
 * unique indexes `job_run_running` and `job_run_firing` are the guarantee.
 */
export async function claimRetry(
  database: OpenDatabase,
  record: RunRecord,
  { of, by, reason }: RetryRequest,
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    with claimed as (
      insert into opsdeck_jobs.job_run
        (id, job, status, trigger, concurrency_key, attempt, scheduled_for, params, stands_for, retry_of, started_at,
         heartbeat_at, runner, program_version)
      select ${record.runId}::uuid, r.job, 'running', ${record.trigger}, ${record.concurrencyKey ?? ''},
             case when r.scheduled_for is null then 1 else r.attempt + 1 end, r.scheduled_for, r.params, r.stands_for,
             r.id, ${record.startedAt}::timestamptz, ${heartbeats(database) ? sql`now()` : sql`null`},
             ${record.runner}, ${record.programVersion}
        from opsdeck_jobs.job_run r
       where r.id = ${of}::uuid and r.status = any (${retryable}::text[])
         and not exists (select from ${repeatsOfRun})
      on conflict do nothing
      returning id
    ), logged as (
      insert into opsdeck_jobs.action_log (actor, action, subject, after, note)
      select ${by}, 'run.retry', ${`run:${of}`}, jsonb_build_object('run', id), ${reason}::text from claimed
    )
    select id from claimed`.execute(database.control);
  return rows.length > 0;
}
