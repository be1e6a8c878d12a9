import { type Kysely, sql } from 'kysely';
import type { RunStatus, RunTrigger } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';
import { failedRun } from './failed-run.sql.ts';
import { lapsedRun } from './lapsed-run.sql.ts';

/** The last run of a job that was started. */
export interface LastRun {
  readonly id: string;
  readonly status: RunStatus;
  readonly trigger: RunTrigger;
  readonly startedAt: Date;
  readonly durationMs: number | null;
  readonly errorCode: string | null;
}

/** What a job's history says of its health. */
export interface JobOverview {
  readonly job: string;
  readonly lastRun: LastRun | null;
  readonly lastSuccessAt: Date | null;
  /** Failed or timed out since the last success. */
  readonly failuresInARow: number;
  /** The first of them; null: there is none. */
  readonly failingSince: Date | null;
}

interface OverviewRow {
  readonly job: string;
  readonly id: string | null;
  readonly status: RunStatus | null;
  readonly trigger: RunTrigger | null;
  readonly started_at: Date | null;
  readonly duration_ms: number | null;
  readonly error_code: string | null;
  readonly last_success_at: Date | null;
  readonly failures: number;
  readonly failing_since: Date | null;
}

/** One statement for all the jobs; a row each, in the order given. A run that lapsed and is not marked yet counts as interrupted. */
export async function readOverviews(
  db: Kysely<Database>,
  names: readonly string[],
): Promise<readonly JobOverview[]> {
  const { rows } = await sql<OverviewRow>`
    select n.job, last.id, last.status, last.trigger, last.started_at, last.duration_ms, last.error_code,
           success.finished_at as last_success_at, failures.count as failures,
           failures.since as failing_since
      from unnest(${names}::text[]) with ordinality as n(job, position)
      left join lateral (
        select r.id, r.trigger, r.started_at, r.duration_ms,
               case when ${lapsedRun} then 'interrupted' else r.status end as status,
               case when ${lapsedRun} then 'interrupted' else r.error_code end as error_code
          from (
            select r.id from opsdeck_jobs.job_run r
             where r.job = n.job and r.status not in ('skipped', 'missed')
             order by r.started_at desc limit 1) newest
          join opsdeck_jobs.job_run r on r.id = newest.id) last on true
      left join lateral (
        select r.started_at, r.finished_at from opsdeck_jobs.job_run r
         where r.job = n.job and r.status = 'succeeded'
         order by r.started_at desc limit 1) success on true
      cross join lateral (
        -- Two of them: each has an index of its own.
        select (failed.count + lapsed.count)::integer as count, least(failed.since, lapsed.since) as since
          from (select count(*) as count, min(r.started_at) as since from opsdeck_jobs.job_run r
                 where r.job = n.job and ${failedRun}
                   and (success.started_at is null or r.started_at > success.started_at)) failed
         cross join (select count(*) as count, min(r.started_at) as since from opsdeck_jobs.job_run r
                 where r.job = n.job and ${lapsedRun}
                   and (success.started_at is null or r.started_at > success.started_at)) lapsed) failures
     order by n.position`.execute(db);
  return rows.map(toOverview);
}

function toOverview(row: OverviewRow): JobOverview {
  const { id, status, trigger, started_at: startedAt } = row;
  const ran = id !== null && status !== null && trigger !== null && startedAt !== null;
  return {
    job: row.job,
    lastRun: ran
      ? { id, status, trigger, startedAt, durationMs: row.duration_ms, errorCode: row.error_code }
      : null,
    lastSuccessAt: row.last_success_at,
    failuresInARow: row.failures,
    failingSince: row.failing_since,
  };
}
