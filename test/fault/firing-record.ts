import { sql } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { countRuns } from '../support/count-runs.ts';
import { testEnvironment } from '../support/runner.ts';
import { until } from '../support/until.ts';

/**
 * Registers the jobs, and keeps books beside the runner's: `firing_work` is what the jobs themselves wrote, `firing_start`
 * where their schedules began, and `firing_interrupted` how much a run had written when it was marked as interrupted.
 */
export async function keepFiringRecord(
  database: OpenDatabase,
  jobs: readonly JobDefinition[],
): Promise<void> {
  for (const statement of [
    'create table firing_work (run_id uuid not null, job text not null, scheduled_for timestamptz not null)',
    'create table firing_gate (open boolean)',
    'create table firing_interrupted (run_id uuid primary key, rows_then integer not null)',
    `create function note_interrupted() returns trigger language plpgsql as $$
     begin
       insert into firing_interrupted select new.id, count(*) from firing_work where run_id = new.id;
       return null;
     end $$`,
    `create trigger note_interrupted after update of status on opsdeck_jobs.job_run
       for each row when (new.status = 'interrupted') execute function note_interrupted()`,
  ]) {
    await sql.raw(statement).execute(database.db);
  }
  await registerJobs(database, testEnvironment(database, jobs).config, jobs);
  await sql`create table firing_start as select job, last_scheduled_for as since from opsdeck_jobs.job_state`.execute(
    database.db,
  );
}

export interface FiringRecord {
  /** Firings that have been decided, by `job_state`: each job is due every minute. */
  readonly due: number;
  /** Firings that a run was started for. */
  readonly started: number;
  /** Runs that succeeded, taken-up ones included. */
  readonly succeeded: number;
  readonly running: number;
  readonly interrupted: number;
  /** Minutes of a job that are not in the history exactly once, as a run or with a reason. */
  readonly unaccounted: number;
  /** Numbers of `run_tally` that are not those of the history. */
  readonly miscounted: number;
  /** Runs that have ended otherwise than well and do not say why. */
  readonly withoutReason: number;
  /** Firings for which more than one run did its work, of jobs that must not be repeated; and of all jobs: that succeeded. */
  readonly workedTwice: number;
  readonly succeededTwice: number;
  /** Runs that succeeded without their work, and work that belongs to no run. */
  readonly withoutWork: number;
  readonly strayWork: number;
  /** Runs that wrote after they had been marked as interrupted. */
  readonly lateFinishers: number;
}

/** Everything is as promised, whatever the counts are. */
export const everyFiringOnce = {
  running: 0,
  unaccounted: 0,
  miscounted: 0,
  withoutReason: 0,
  workedTwice: 0,
  succeededTwice: 0,
  withoutWork: 0,
  strayWork: 0,
  lateFinishers: 0,
};

/** Compares what the runner recorded with what the jobs wrote; `repeatable` jobs have odd numbers. */
export async function readFiringRecord(
  database: OpenDatabase,
  jobs: readonly JobDefinition[],
): Promise<FiringRecord> {
  const repeatable = jobs.filter((job) => job.repeatable === true).map(({ name }) => name);
  const { rows } = await sql<FiringRecord>`
    with firings as (
      select s.job, (floor(extract(epoch from s.last_scheduled_for) / 60)
                     - floor(extract(epoch from f.since) / 60))::integer as due
        from opsdeck_jobs.job_state s join firing_start f using (job)
    ), minutes as (
      select s.job, date_trunc('minute', f.since) + i * interval '1 minute' as minute
        from opsdeck_jobs.job_state s join firing_start f using (job) join firings using (job)
       cross join lateral generate_series(1, due) as i
    ), recorded as (
      -- What did not run stands for several; what ran for its own.
      select r.job, generate_series(
               date_trunc('minute', case when r.status in ('missed', 'skipped')
                                         then coalesce((r.stands_for->>'from')::timestamptz, r.scheduled_for)
                                         else r.scheduled_for end),
               r.scheduled_for, interval '1 minute') as minute
        from opsdeck_jobs.job_run r where r.attempt = 1
    ), covered as (
      select job, minute, count(*) as times from recorded group by job, minute
    ), works as (
      select run_id, count(*)::integer as rows from firing_work group by run_id
    )
    select
      (select coalesce(sum(due), 0)::integer from firings) as "due",
      (select count(*)::integer from opsdeck_jobs.job_run
        where attempt = 1 and status not in ('missed', 'skipped')) as "started",
      (select count(*)::integer from opsdeck_jobs.job_run where status = 'succeeded') as "succeeded",
      (select count(*)::integer from opsdeck_jobs.job_run where status = 'running') as "running",
      (select count(*)::integer from opsdeck_jobs.job_run where status = 'interrupted') as "interrupted",
      (select count(*)::integer from minutes m full join covered v on v.job = m.job and v.minute = m.minute
        where m.job is null or v.times is distinct from 1) as "unaccounted",
      (select count(*)::integer
         from (${countRuns(sql`opsdeck_jobs.job_run r`)}) c full join opsdeck_jobs.run_tally t using (job, status)
        where (c.runs, c.duration_sum_ms, c.lateness_buckets) is distinct from
              (t.runs, t.duration_sum_ms, t.lateness_buckets)) as "miscounted",
      (select count(*)::integer from opsdeck_jobs.job_run
        where status not in ('running', 'succeeded') and reason is null and error_code is null) as "withoutReason",
      (select count(*)::integer from (
         select from firing_work where not job = any (${repeatable}::text[])
          group by job, scheduled_for having count(*) > 1) twice) as "workedTwice",
      (select count(*)::integer from (
         select from opsdeck_jobs.job_run where status = 'succeeded'
          group by job, scheduled_for having count(*) > 1) twice) as "succeededTwice",
      (select count(*)::integer from opsdeck_jobs.job_run r left join works w on w.run_id = r.id
        where r.status = 'succeeded' and w.rows is distinct from 1) as "withoutWork",
      (select count(*)::integer from firing_work w
        where not exists (select from opsdeck_jobs.job_run r where r.id = w.run_id)) as "strayWork",
      (select count(*)::integer from firing_interrupted i left join works w using (run_id)
        where coalesce(w.rows, 0) <> i.rows_then) as "lateFinishers"
  `.execute(database.db);
  const record = rows[0];
  if (record === undefined) throw new Error('select without from returned no row');
  return record;
}

/**
 * Whoever ran there no longer vouches for its runs: what a minute without a heartbeat does, without the minute. Resolves when all
 * of them are marked as ended; a run that is just committing may still do so.
 */
export async function untilReaped(database: OpenDatabase, runner: string): Promise<void> {
  await until(
    async () => {
      await sql`
        with mine as (
          select id from opsdeck_jobs.job_run
           where status = 'running' and runner = ${runner} and heartbeat_at > now() - interval '1 minute'
             for update skip locked
        )
        update opsdeck_jobs.job_run r set heartbeat_at = now() - interval '2 minutes' from mine where r.id = mine.id`.execute(
        database.db,
      );
      const { rows } = await sql<{ left: number }>`
        select count(*)::integer as left from opsdeck_jobs.job_run
         where status = 'running' and runner = ${runner}`.execute(database.db);
      return rows[0]?.left;
    },
    (left) => left === 0,
  );
}
