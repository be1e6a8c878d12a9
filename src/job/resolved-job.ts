import type { Config } from '../config/config.ts';
import type { MisfirePolicy } from '../schedule/misfire.ts';
import { defaultRetries, type RetryPolicy } from '../schedule/retry-at.ts';
import { parseSchedule, type Schedule } from '../schedule/schedule.ts';
import { parseDuration } from '../time/duration.ts';
import type { JobDefinition } from './define-job.ts';

/** A job with what the configuration says of it. */
export interface ResolvedJob {
  readonly definition: JobDefinition;
  readonly schedule: Schedule;
  /** IANA name of the zone that the schedule is read in. */
  readonly timezone: string;
  readonly timeoutMs: number;
  readonly misfire: MisfirePolicy;
  /** A firing that is later is missed; undefined: see `decideFiring`. */
  readonly maxLateMs: number | undefined;
  /** The longest delay of a start; 0: none. */
  readonly jitterMs: number;
  /** Of firings that failed because another side was away. */
  readonly retries: RetryPolicy;
  /** Whether a job that is not stored yet starts enabled; undefined: by the mode of the database. */
  readonly enabledAtFirst: boolean | undefined;
}

/** What is not safe to repeat is not repeated. */
const noRetries: RetryPolicy = { count: 0, waitMs: 0 };

/** Definition first, configuration over it. `zone`: the business zone. Throws `invalid_schedule` (exit 2). */
export function resolveJob(
  definition: JobDefinition,
  config: Pick<Config, 'jobs'>,
  zone: string,
): ResolvedJob {
  const own = config.jobs[definition.name];
  const where =
    own?.schedule === undefined ? `the job ${definition.name}` : `jobs.${definition.name}.schedule`;
  return {
    definition,
    schedule: parseSchedule(own?.schedule ?? definition.schedule, where),
    timezone: own?.timezone ?? zone,
    timeoutMs: own?.timeoutMs ?? parseDuration(definition.timeout, `time limit of ${definition.name}`),
    misfire: own?.misfire ?? definition.misfire,
    maxLateMs: own?.maxLateMs,
    jitterMs: own?.jitterMs ?? 0,
    retries: definition.repeatable === true ? (own?.retries ?? defaultRetries) : noRetries,
    enabledAtFirst: own?.enabled ?? definition.enabledAtFirst,
  };
}

/** The part of `job_state` that `daemon` and `migrate` copy from their configuration. */
export interface StoredSchedule {
  readonly schedule: string;
  readonly timezone: string;
}

/** The job on the schedule that the database has: the same for everybody, whatever their own configuration says. */
export function onStoredSchedule(job: ResolvedJob, { schedule, timezone }: StoredSchedule): ResolvedJob {
  return { ...job, schedule: parseSchedule(schedule, `the job ${job.definition.name}`), timezone };
}
