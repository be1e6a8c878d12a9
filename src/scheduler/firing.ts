import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { RunRecord } from '../job/claim.ts';
import type { JobState } from '../job/jobs-snapshot.ts';
import type { ResolvedJob } from '../job/resolved-job.ts';
import { runnerName } from '../job/run-environment.ts';
import type { StartedRun } from '../job/started-run.ts';
import type { ScheduleState } from '../schedule/decide-firing.ts';
import { retryAt } from '../schedule/retry-at.ts';
import { version } from '../service/version.ts';

/** `schedule`: the daemon. `timer`: `run-job --scheduled`. */
export type ScheduleTrigger = 'schedule' | 'timer';

/** What a decision rests on. A job without a last firing starts from now. */
export function scheduleState(state: JobState, now: Date): ScheduleState {
  return {
    enabled: state.enabled,
    lastScheduledFor: state.last_scheduled_for ?? now,
    pausedAt: state.paused_at,
    pausedUntil: state.paused_until,
  };
}

/** What is recorded of a scheduled run, whose parameters come from the configuration file. */
export function newRecord(
  job: string,
  config: Pick<Config, 'jobs'>,
  trigger: ScheduleTrigger,
  now: Date,
): RunRecord {
  return {
    runId: randomUUID(),
    job,
    trigger,
    paramsJson: JSON.stringify(config.jobs[job]?.params ?? {}),
    startedAt: now,
    runner: runnerName,
    programVersion: version,
  };
}

/** A run that was claimed, as the runner takes it. */
export function startedRun(
  record: RunRecord,
  {
    definition,
    timeoutMs,
    retries,
    schedule,
    timezone,
  }: Pick<ResolvedJob, 'definition' | 'timeoutMs' | 'retries' | 'schedule' | 'timezone'>,
  params: Record<string, unknown>,
  allowEmpty: boolean,
): StartedRun {
  const { runId, trigger, startedAt, attempt = 1 } = record;
  return {
    runId,
    definition,
    params,
    trigger,
    startedAt,
    timeoutMs,
    dryRun: false,
    allowEmpty,
    retryAt: (failedAt) => retryAt(retries, attempt, failedAt, schedule, timezone),
  };
}
