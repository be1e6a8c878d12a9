import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { lapsedAfterSeconds } from '../job/lapsed-run.sql.ts';
import { isPaused } from '../schedule/paused.ts';
import { nextAfter, parseSchedule } from '../schedule/schedule.ts';
import { isZoneName } from '../time/zone-name.ts';

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

/** One statement; a row for each of the jobs that the database knows. */
export async function readJobGauges(
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
  if (!isZoneName(row.timezone)) return null;
  const decided = row.last_scheduled_for ?? now;
  // A firing at the very end of a pause runs.
  const pauseEnd = paused && row.paused_until !== null ? row.paused_until.getTime() - 1 : 0;
  try {
    const schedule = parseSchedule(row.schedule, `the job ${row.job}`);
    return nextAfter(schedule, row.timezone, new Date(Math.max(decided.getTime(), pauseEnd)));
  } catch (error) {
    // Written by hand or by a newer program: nothing to tell, until a daemon registers the job again.
    if (error instanceof OperatorError) return null;
    throw error;
  }
}
