import { sql } from 'kysely';
import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/open-database.ts';
import { describeSchedule } from '../schedule/describe-schedule.ts';
import { businessZone } from '../time/business-zone.ts';
import type { JobDefinition } from './define-job.ts';
import { type ResolvedJob, resolveJob } from './resolved-job.ts';

/** The part of an open database that registering needs. */
export type RegisterTarget = Pick<OpenDatabase, 'db' | 'mode' | 'clock'>;

/** A row of `job_state` as far as it mirrors the configuration. */
export interface RegisteredState {
  readonly job: string;
  readonly enabled: boolean;
  readonly schedule: string;
  readonly timezone: string;
  readonly last_scheduled_for: Date | null;
}

/** True when `job_state` already says what the program and its configuration say: nothing need be written. */
export function isRegistered(job: ResolvedJob, state: RegisteredState | undefined): boolean {
  return (
    state !== undefined &&
    state.last_scheduled_for !== null &&
    state.schedule === job.schedule.text &&
    state.timezone === job.timezone &&
    (job.enabledByConfig === undefined || state.enabled === job.enabledByConfig)
  );
}

/**
 * Writes the jobs' schedules to `job_state`, so that every daemon and timer computes the same instants. A job not seen
 * before, or whose schedule or zone changed, starts from now: it never fires for a past in which that schedule was not in
 * force. A new job starts disabled on an attached database, enabled on a standalone one; the configuration file overrides
 * both. One statement, any number of jobs.
 *
 * @returns a sentence for each job whose stored schedule changed.
 */
export async function registerJobs(
  target: RegisterTarget,
  config: Pick<Config, 'jobs' | 'timezone'>,
  definitions: readonly JobDefinition[],
): Promise<readonly string[]> {
  const zone = businessZone(config, target.mode);
  const resolved = definitions.map((definition) => resolveJob(definition, config, zone));
  const wanted = resolved.map((job) => ({
    job: job.definition.name,
    schedule: job.schedule.text,
    timezone: job.timezone,
    configured: job.enabledByConfig ?? null,
  }));
  const now = target.clock.now();
  const written = await sql<{ job: string; schedule: string; timezone: string }>`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb)
        as w(job text, schedule text, timezone text, configured boolean)
    ), before as (
      select job, schedule, timezone from opsdeck_jobs.job_state
    ), written as (
      insert into opsdeck_jobs.job_state as s (job, enabled, schedule, timezone, last_scheduled_for, updated_at)
      select job, coalesce(configured, ${target.mode === 'standalone'}::boolean), schedule, timezone,
             ${now}::timestamptz, ${now}::timestamptz
        from wanted
       -- Those who start at once take the rows in one order, and none waits for another in a circle.
       order by job
      on conflict (job) do update set
        schedule = excluded.schedule,
        timezone = excluded.timezone,
        enabled = coalesce((select w.configured from wanted w where w.job = s.job), s.enabled),
        last_scheduled_for = case
          when (s.schedule, s.timezone) is distinct from (excluded.schedule, excluded.timezone)
            or (not s.enabled and (select w.configured from wanted w where w.job = s.job))
          then excluded.last_scheduled_for
          else coalesce(s.last_scheduled_for, excluded.last_scheduled_for) end,
        updated_at = excluded.updated_at
      where (s.schedule, s.timezone) is distinct from (excluded.schedule, excluded.timezone)
         or s.last_scheduled_for is null
         or s.enabled is distinct from coalesce((select w.configured from wanted w where w.job = s.job), s.enabled)
      returning s.job, s.schedule, s.timezone
    )
    select written.job, before.schedule, before.timezone
      from written join before on before.job = written.job
     where (before.schedule, before.timezone) is distinct from (written.schedule, written.timezone)
     order by written.job`.execute(target.db);
  return written.rows.flatMap(({ job, schedule, timezone }) => {
    const changed = resolved.find(({ definition }) => definition.name === job);
    if (changed === undefined) return [];
    // What counts real time is the same in every zone.
    if (changed.schedule.kind === 'interval' && changed.schedule.text === schedule) return [];
    const words = describeSchedule(changed.schedule, changed.timezone);
    return [`The schedule of ${job} was '${schedule}, ${timezone}' and is now: ${words}.`];
  });
}
