/*
 * One look at a job's schedule, as crontab, a timer or a CronJob asks for it, and later the daemon.
 *
 * Model: `job_state.last_scheduled_for` is the newest firing that somebody has decided about. Whoever looks computes the
 * newest instant that is due since, and decides it with one statement (claim-firing.ts); the database lets one through.
 * Clock: business time decides what is due; the database's `now()` whether a running run is still vouched for.
 *
 * | what happens                            | what is left behind                                             |
 * | nothing is due                          | nothing                                                         |
 * | another host decided first              | nothing; its rows are there                                     |
 * | disabled or paused                      | `skipped`, once for what was due                                |
 * | the last run is still going             | `skipped`, reason `overlap`                                     |
 * | firings went by while nobody looked     | one `missed` row; with `misfire: latest` one run for the newest |
 * | killed before the statement             | nothing: the next look finds the same firing due                |
 * | killed after it                         | a `running` row whose heartbeat lapses                          |
 * | the clock was set back                  | nothing fires twice; a warning until the clock has caught up    |
 *
 * Not promised: that a firing runs at its instant. It runs when somebody looks.
 */
import { randomUUID } from 'node:crypto';
import type { RunTrigger } from '../db/tables/runs.ts';
import type { RunRecord } from '../job/claim.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { JobState } from '../job/jobs-snapshot.ts';
import { perform } from '../job/perform.ts';
import { lookAt, prepare } from '../job/prepare.ts';
import { resolveJob } from '../job/resolved-job.ts';
import { type RunEnvironment, runnerName } from '../job/run-environment.ts';
import type { RunOutcome } from '../job/run-outcome.ts';
import { version } from '../version.ts';
import { claimFiring } from './claim-firing.ts';
import { decideFiring, type FiringDecision, type ScheduleState } from './decide-firing.ts';

export interface ScheduledRequest {
  readonly definition: JobDefinition;
  readonly trigger: Exclude<RunTrigger, 'manual'>;
  /** undefined: the configured limit, else the job's own. */
  readonly timeoutMs: number | undefined;
  readonly allowEmpty: boolean;
}

/** Others who keep deciding first have decided everything there is; no need to look for ever. */
const looks = 3;

/**
 * Decides what is due and runs it. null: nothing was run, and what there is to say is recorded and logged.
 *
 * @throws OperatorError as `runManually` does; the firing then stays due.
 */
export async function runScheduled(
  environment: RunEnvironment,
  request: ScheduledRequest,
): Promise<RunOutcome | null> {
  const { database, config, zones } = environment;
  const { definition, trigger } = request;
  const resolved = resolveJob(definition, config, zones.business);
  const params = config.jobs[definition.name]?.params ?? {};
  let { state } = await lookAt(environment, database.db, definition);
  for (let look = 0; look < looks && state !== undefined; look += 1) {
    const now = database.clock.now();
    const decision = decideFiring(
      resolved.schedule,
      resolved.timezone,
      definition.misfire,
      scheduleState(state, now),
      now,
    );
    if (decision.kind === 'not_due') return null;
    if (decision.kind === 'clock_behind') {
      warnClockBehind(environment, definition.name, decision.last, now);
      return null;
    }
    if (decision.kind === 'run') await prepare(environment, definition, params, false);
    const record: RunRecord = {
      runId: randomUUID(),
      job: definition.name,
      trigger,
      paramsJson: JSON.stringify(params),
      startedAt: now,
      runner: runnerName,
      programVersion: version,
    };
    const result = await claimFiring(database, record, state, decision, definition.misfire);
    logDecision(environment, record, decision, result);
    if (result === 'claimed') {
      return perform(environment, {
        runId: record.runId,
        definition,
        params,
        trigger,
        startedAt: now,
        timeoutMs: request.timeoutMs ?? resolved.timeoutMs,
        dryRun: false,
        allowEmpty: request.allowEmpty,
      });
    }
    if (result !== 'outdated') return null;
    ({ state } = await lookAt(environment, database.db, definition));
  }
  return null;
}

/** A job without a last firing starts from now. */
function scheduleState(state: JobState, now: Date): ScheduleState {
  return {
    enabled: state.enabled,
    lastScheduledFor: state.last_scheduled_for ?? now,
    pausedAt: state.paused_at,
    pausedUntil: state.paused_until,
  };
}

function warnClockBehind(environment: RunEnvironment, job: string, last: Date, now: Date): void {
  environment.logger.warn(
    { 'event.action': 'job.clock_behind', 'labels.job': job },
    `${job} was last decided for ${last.toISOString()}, but it is only ${now.toISOString()}: the clock was set back. ` +
      `It fires again after that instant; \`disable ${job}\` and \`enable ${job}\` start its schedule from now.`,
  );
}

function logDecision(
  environment: RunEnvironment,
  record: RunRecord,
  decision: FiringDecision,
  result: Awaited<ReturnType<typeof claimFiring>>,
): void {
  const { logger } = environment;
  const fields = { 'labels.job': record.job };
  if (result === 'overlap') {
    logger.info(
      { ...fields, 'event.action': 'job.skipped', 'event.reason': 'overlap' },
      `${record.job} skipped: the last run is still going`,
    );
  }
  if (result === 'recorded' && decision.kind === 'skip') {
    logger.info(
      { ...fields, 'event.action': 'job.skipped', 'event.reason': decision.reason },
      `${record.job} skipped: it is ${decision.reason}`,
    );
  }
  const missed =
    decision.kind === 'run' ? decision.missed : decision.kind === 'miss' ? decision.firings : null;
  if (missed !== null && result !== 'outdated' && result !== 'decided') {
    logger.info(
      { ...fields, 'event.action': 'job.missed', 'labels.count': missed.count },
      `${record.job} missed ${missed.count} firing(s) from ${missed.from.toISOString()} to ${missed.to.toISOString()}`,
    );
  }
}
