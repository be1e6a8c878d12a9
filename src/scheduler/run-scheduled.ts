/*
 * One look at a job's schedule, as crontab, a timer or a CronJob asks for it. The daemon (loop.ts) looks at all of them, by the
 * same rules and with the same claim.
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
 * | killed after it                         | a `running` row whose heartbeat lapses; a repeatable job is taken up again |
 * | another side was away, job repeatable   | `failed` with `retry_at`; the next look after that is another attempt |
 * | the clock was set back                  | nothing fires twice; a warning until the clock has caught up    |
 *
 * Not promised: that a firing runs at its instant. It runs when somebody looks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { configHashes } from '../config/config-hashes.ts';
import { claimRepeat } from '../job/claim.ts';
import { claimOrEnd } from '../job/claim-or-end.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { checkFailures } from '../job/failure-alerts.ts';
import type { InterruptedRun, JobState } from '../job/jobs-snapshot.ts';
import { look, requireAvailable } from '../job/look.ts';
import { perform } from '../job/perform.ts';
import { onStoredSchedule, type ResolvedJob, resolveJob } from '../job/resolved-job.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import type { RunOutcome } from '../job/run-outcome.ts';
import { warnOfScheduleDifferences } from '../job/schedule-differences.ts';
import { sendsThrough } from '../notify/channels/sends-through.ts';
import { decideFiring } from '../schedule/decide-firing.ts';
import { claimFirings } from './claim-firing.ts';
import { newRecord, scheduleState, startedRun } from './firing.ts';
import { prune } from './housekeeping.ts';
import { clockBehindWords, logDecision } from './log-decision.ts';
import { reportRunner, timerId } from './runners.ts';

export interface ScheduledRequest {
  readonly definition: JobDefinition;
  /** undefined: the configured limit, else the job's own. */
  readonly timeoutMs: number | undefined;
  readonly allowEmpty: boolean;
  /** Tests only: in [0, 1), what part of the jitter a start is delayed by. */
  readonly random?: () => number;
}

/** Others who keep deciding first have decided everything there is; no need to look for ever. */
const looks = 3;

/**
 * Decides what is due and runs it. null: nothing was run, and what there is to say is recorded and logged.
 *
 * @throws OperatorError `job_unavailable` and whatever the database says; the firing then stays due.
 */
export async function runScheduled(
  environment: RunEnvironment,
  request: ScheduledRequest,
): Promise<RunOutcome | null> {
  const { database, config, zones } = environment;
  const hashes = configHashes(config, environment.definitions ?? [request.definition]);
  await reportRunner(database, timerId, 'timer', null, hashes, sendsThrough(config));
  const own = resolveJob(request.definition, config, zones.business);
  const configured = { ...own, timeoutMs: request.timeoutMs ?? own.timeoutMs };
  const outcome = await decideAndRun(environment, configured, request);
  // Of every job: one whose own schedule comes round in a week must not wait for it.
  await checkFailures(environment, environment.definitions ?? [request.definition]);
  await prune(environment, { once: true });
  return outcome;
}

async function decideAndRun(
  environment: RunEnvironment,
  configured: ResolvedJob,
  request: ScheduledRequest,
): Promise<RunOutcome | null> {
  const { database, config, logger } = environment;
  const { definition } = configured;
  let delayed = false;
  for (let attempt = 0; attempt < looks; attempt += 1) {
    const snapshot = await look(environment, database.db, [definition]);
    const state = snapshot.states.get(definition.name);
    if (state === undefined) return null;
    if (attempt === 0) warnOfScheduleDifferences(logger, [configured], snapshot.states);
    const resolved = onStoredSchedule(configured, state);
    const now = database.clock.now();
    const decision = decideFiring(
      resolved.schedule,
      resolved.timezone,
      resolved,
      scheduleState(state, now),
      now,
    );
    const interrupted = snapshot.interrupted.get(definition.name);
    if (decision.kind === 'not_due') {
      const retry = snapshot.retries.get(definition.name);
      const again = interrupted ?? (retry !== undefined && retry.retry_at <= now ? retry : undefined);
      if (again === undefined) return null;
      requireAvailable(definition, snapshot);
      return repeat(environment, resolved, request, again, state);
    }
    if (decision.kind === 'clock_behind') {
      logger.warn(
        { 'event.action': 'job.clock_behind', 'labels.job': definition.name },
        clockBehindWords(definition.name, decision.last, now),
      );
      return null;
    }
    if (decision.kind === 'run') {
      requireAvailable(definition, snapshot);
      if (!delayed && (await delayStart(environment, resolved, decision.due, now, request))) {
        delayed = true;
        continue;
      }
    }
    const record = newRecord(definition.name, config, 'timer', now);
    const repeatable = definition.repeatable === true;
    const claim = { record, state, decision, interrupted, repeatable };
    const [result] = await claimOrEnd(database, record, () => claimFirings(database, [claim]));
    if (result === undefined) throw new Error('a claim has no result');
    logDecision(logger, definition.name, decision, result);
    const params = config.jobs[definition.name]?.params ?? {};
    if (result === 'claimed') {
      return perform(environment, startedRun(record, resolved, params, request.allowEmpty));
    }
    if (result !== 'outdated' && result !== 'lapsed') return null;
  }
  return null;
}

/** Waits for a part of the jitter, once; false: there was nothing to wait for. Somebody else may have decided meanwhile. */
async function delayStart(
  { stop }: RunEnvironment,
  { jitterMs }: ResolvedJob,
  due: Date,
  now: Date,
  { random = Math.random }: ScheduledRequest,
): Promise<boolean> {
  const left = jitterMs - (now.getTime() - due.getTime());
  if (left <= 0) return false;
  await sleep(random() * left, undefined, { signal: stop });
  return true;
}

/** Takes up the newest firing again, whose run ended in the middle, or failed and is to be tried again. */
async function repeat(
  environment: RunEnvironment,
  resolved: ResolvedJob,
  request: ScheduledRequest,
  interrupted: InterruptedRun,
  state: JobState,
): Promise<RunOutcome | null> {
  const { database, config } = environment;
  const now = database.clock.now();
  const record = { ...newRecord(state.job, config, 'timer', now), attempt: interrupted.attempt + 1 };
  const ours = await claimOrEnd(database, record, () => claimRepeat(database, record, interrupted));
  if (!ours) return null;
  return perform(environment, startedRun(record, resolved, interrupted.params, request.allowEmpty));
}
