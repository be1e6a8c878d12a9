import type { Generated } from 'kysely';
import type { Json, JsonObject } from '../../text/json.ts';
import type {
  CalendarDate,
  Instant,
  JsonColumn,
  NullableInstant,
  NullableJsonColumn,
} from './column-types.ts';

export type RunStatus =
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'timed_out'
  | 'interrupted'
  | 'missed';
/** `manual`: run-job by hand. `schedule`: the daemon. `timer`: `run-job --scheduled`. */
export type RunTrigger = 'manual' | 'schedule' | 'timer';

/** One decision about a job: a run, or why there was none. */
export interface JobRunTable {
  id: Generated<string>;
  job: string;
  status: RunStatus;
  trigger: RunTrigger;
  attempt: Generated<number>;
  /** The instant of the schedule that the row is about; null for a manual run, but for one that repeats a scheduled one. */
  scheduled_for: NullableInstant;
  /** At most one running row per job and key. */
  concurrency_key: Generated<string>;
  params: JsonColumn<JsonObject>;
  /** Firings that the row stands for besides its own: {from, to, count}. */
  stands_for: NullableJsonColumn<JsonObject>;
  started_at: Instant;
  finished_at: NullableInstant;
  heartbeat_at: NullableInstant;
  duration_ms: number | null;
  /** `host:pid`, for people. */
  runner: string;
  program_version: string;
  result: NullableJsonColumn<Json>;
  /** Why it was skipped or missed; stable words. */
  reason: string | null;
  error_code: string | null;
  error_message: string | null;
  error_stack: string | null;
  /** The step that the error names, as a sentence. */
  error_next: string | null;
  /** Somebody asked that the run ends; by the database's clock. */
  cancel_requested_at: NullableInstant;
  cancel_requested_by: string | null;
  cancel_reason: string | null;
  /** Business time from which the firing may be taken up again after this failure; null: it is not. */
  retry_at: NullableInstant;
  /** The run that this one repeats by hand. */
  retry_of: string | null;
  /** `run_settings.hash`: what it was configured with; null: not recorded. */
  settings_hash: string | null;
  /** Its result and the stack of its error were removed after `keep_history`. */
  short: Generated<boolean>;
}

/** One record of a run's log. */
export interface LogRecord {
  /** ISO 8601, UTC; business time. */
  readonly at: string;
  readonly level: 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  /** By dotted ECS names, without those that every record of the run has. */
  readonly fields: JsonObject;
}

/** The last records of a run that logged something, without secrets. */
export interface RunLogTable {
  run_id: string;
  /** Oldest first; at most 200, and 64 KB. */
  records: JsonColumn<readonly LogRecord[]>;
  /** Records so far, with those that are not kept. */
  logged: string;
}

/** What runs were configured with, once for each hash, without secrets. Append-only. */
export interface RunSettingsTable {
  id: Generated<string>;
  hash: string;
  /** Name and value. */
  content: JsonColumn<JsonObject>;
  created_at: Instant;
}

/** What is kept of a job between runs. */
export interface JobStateTable {
  job: string;
  enabled: boolean;
  schedule: string;
  /** IANA name of the zone the schedule is read in. */
  timezone: string;
  /** The newest instant of the schedule that somebody has decided about; the compare-and-set column of the claim. */
  last_scheduled_for: NullableInstant;
  paused_at: NullableInstant;
  paused_until: NullableInstant;
  paused_by: string | null;
  pause_reason: string | null;
  updated_at: Instant;
}

/** Append-only: who decided what. */
export interface ActionLogTable {
  id: Generated<string>;
  at: Generated<Date>;
  /** An e-mail address, or `os:user@host`. */
  actor: string;
  action: string;
  subject: string;
  before: NullableJsonColumn<Json>;
  after: NullableJsonColumn<Json>;
  note: string | null;
}

/** Ended runs that were pruned from `job_run`, by job and status; the buckets are those of `src/job/run-buckets.ts`. */
export interface RunTallyTable {
  job: string;
  status: RunStatus;
  runs: string;
  duration_sum_ms: string;
  duration_buckets: string[];
  lateness_sum_ms: string;
  lateness_buckets: string[];
  lateness_count: string;
}

/** Successful runs that were removed from `job_run`, by job and day of their start in the business zone. */
export interface RunDayTable {
  job: string;
  day: CalendarDate;
  runs: string;
}

/** Somebody who looks after the schedules; times are the database's. */
export interface RunnerTable {
  /** `daemon:UUID`, or `timer:HOST`. */
  id: string;
  kind: 'daemon' | 'timer';
  host: string;
  pid: number;
  program_version: string;
  /** null: every job. */
  only_jobs: string[] | null;
  /** By part of the configuration, the hash of what must be equal on all hosts. */
  config_hashes: JsonColumn<JsonObject>;
  /** Channels that its configuration sends through, live; null: a program before this column. */
  sends: string[] | null;
  started_at: Generated<Date>;
  seen_at: Generated<Date>;
}

/** One row: what this database is. */
export interface InstallationTable {
  singleton: Generated<boolean>;
  mode: 'attached' | 'standalone';
  created_at: Generated<Date>;
  program_version: string;
}

export interface RunTables {
  'opsdeck_jobs.installation': InstallationTable;
  'opsdeck_jobs.job_run': JobRunTable;
  'opsdeck_jobs.run_log': RunLogTable;
  'opsdeck_jobs.run_settings': RunSettingsTable;
  'opsdeck_jobs.job_state': JobStateTable;
  'opsdeck_jobs.action_log': ActionLogTable;
  'opsdeck_jobs.run_tally': RunTallyTable;
  'opsdeck_jobs.run_day': RunDayTable;
  'opsdeck_jobs.runner': RunnerTable;
}
