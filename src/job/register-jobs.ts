/*
 * The schedules that the database has. They decide; a configuration only says what they are to become.
 *
 * | who                         | a job that is not stored | a schedule that is stored otherwise   |
 * | `daemon`, `migrate`         | added                    | replaced, and counted from now        |
 * | every other command         | added                    | followed; a warning names `migrate`   |
 *
 * Whether a job is enabled is written once, when it is added; afterwards `enable` and `disable` decide.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/database.ts';
import { describeSchedule } from '../schedule/describe-schedule.ts';
import { businessZone } from '../time/business-zone.ts';
import type { JobDefinition } from './define-job.ts';
import { type ResolvedJob, resolveJob } from './resolved-job.ts';

/** The part of an open database that registering needs. */
export type RegisterTarget = Pick<OpenDatabase, 'db' | 'mode' | 'clock'>;

type RegisterConfig = Pick<Config, 'jobs' | 'timezone'>;

/**
 * Makes the stored schedules those of the configuration; for `daemon` and `migrate` alone. A job not seen before, or whose
 * schedule or zone changed, starts from now: it never fires for a past in which that schedule was not in force. A new job
 * starts disabled on an attached database, enabled on a standalone one, unless `jobs.NAME.enabled` or
 * its definition says otherwise. One statement, any number of jobs.
 *
 * @returns a sentence for each job whose stored schedule changed.
 */
export async function registerJobs(
  target: RegisterTarget,
  config: RegisterConfig,
  definitions: readonly JobDefinition[],
): Promise<readonly string[]> {
  const resolved = resolveAll(target, config, definitions);
  const written = await sql<{ job: string; schedule: string; timezone: string }>`
    with ${wantedRows(resolved)}, before as (
      select job, schedule, timezone from opsdeck_jobs.job_state
    ), written as (
      ${insertWanted(target)}
      on conflict (job) do update set
        schedule = excluded.schedule,
        timezone = excluded.timezone,
        last_scheduled_for = case
          when (s.schedule, s.timezone) is distinct from (excluded.schedule, excluded.timezone)
          then excluded.last_scheduled_for
          else coalesce(s.last_scheduled_for, excluded.last_scheduled_for) end,
        updated_at = excluded.updated_at
      where (s.schedule, s.timezone) is distinct from (excluded.schedule, excluded.timezone)
         or s.last_scheduled_for is null
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

/** Adds the jobs that are not stored yet, as they are configured here; what is stored stays as it is. One statement. */
export async function addMissingJobs(
  target: RegisterTarget,
  config: RegisterConfig,
  definitions: readonly JobDefinition[],
): Promise<void> {
  await sql`
    with ${wantedRows(resolveAll(target, config, definitions))}
    ${insertWanted(target)}
    on conflict (job) do nothing`.execute(target.db);
}

function resolveAll(
  { mode }: RegisterTarget,
  config: RegisterConfig,
  definitions: readonly JobDefinition[],
): readonly ResolvedJob[] {
  const zone = businessZone(config, mode);
  return definitions.map((definition) => resolveJob(definition, config, zone));
}

function wantedRows(resolved: readonly ResolvedJob[]): RawBuilder<unknown> {
  const wanted = resolved.map((job) => ({
    job: job.definition.name,
    schedule: job.schedule.text,
    timezone: job.timezone,
    at_first: job.enabledAtFirst ?? null,
  }));
  return sql`wanted as (
    select * from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb)
      as w(job text, schedule text, timezone text, at_first boolean)
  )`;
}

function insertWanted({ mode, clock }: RegisterTarget): RawBuilder<unknown> {
  const now = clock.now();
  return sql`
    insert into opsdeck_jobs.job_state as s (job, enabled, schedule, timezone, last_scheduled_for, updated_at)
    select job, coalesce(at_first, ${mode === 'standalone'}::boolean), schedule, timezone,
           ${now}::timestamptz, ${now}::timestamptz
      from wanted
     -- Those who start at once take the rows in one order, and none waits for another in a circle.
     order by job`;
}
