/*
 * The life of a run, from its claim to its record.
 *
 * Model: a run is a row of `job_run`. It is claimed by inserting it as `running` (claim.ts, claim-firing.ts), vouched for by a
 * heartbeat, and ended by one update. The unique index `job_run_running` is the guarantee that at most one run of a job is
 * going; timers and looks are optimisations. The runner holds no transaction around a job.
 * Clocks: starts, ends and what is due are business time; heartbeats and their lapse are the database's `now()`; durations,
 * time limits and pauses are the process's monotonic timer.
 *
 * | what happens                          | what is left behind                                                    |
 * | the job returns                       | `succeeded` with its result                                            |
 * | it looked at nothing                  | `failed`, `nothing_to_evaluate`, with its result                       |
 * | it throws                             | `failed` with code, message and stack; its open transaction rolled back |
 * | time limit, Ctrl-C, SIGTERM           | `timed_out`, `interrupted`; statements ended after a moment            |
 * | `runs cancel`                         | `interrupted`, reason `cancelled`, at the next heartbeat; it does not begin again by itself |
 * | there is no connection to begin with  | waited for (`start_patience`); then `failed`, and nothing was done     |
 * | it does not stop then                 | the same; the runner goes on without it after the grace                |
 * | a job in a thread of its own          | as above; its thread is ended with its run (user-jobs/work-in-thread.ts)   |
 * | the process is killed                 | `running` until the heartbeat lapses, then `interrupted`; embedded: until the folder is opened |
 * | cut off from the database for long    | the run stops; whoever took it for dead has marked it `interrupted`    |
 * | its end cannot be recorded            | tried again, on a schedule for most of a minute; then exit 6; while the process lives it is tried further |
 *
 * Promised: what a job writes through `ctx.transaction` is there whole or not at all, and not once its run is marked ended.
 * Not promised: that a run whose row says `interrupted` wrote nothing; transactions it committed before stay.
 */
import type { Logger } from 'pino';
import { toOperatorError } from '../db/errors.ts';
import type { LogRecord } from '../db/tables/runs.ts';
import { ExitCode } from '../errors/exit-code.ts';
import type { RecordHead } from '../record/head.ts';
import { headOfToday } from '../record/take-head.ts';
import { storableJson } from '../text/storable.ts';
import { formatDuration } from '../time/duration.ts';
import { startAbandonment } from './abandonment.ts';
import { cancelledCode } from './cancel-run.ts';
import { RunLostError } from './fenced-transaction.ts';
import { startHeartbeat } from './heartbeat.ts';
import { keepSettings } from './keep-settings.ts';
import { type RunEnd, recordEnd, recordLater } from './record-end.ts';
import { type Ending, endingOfError, endingOfResult } from './run-ending.ts';
import type { RunEnvironment } from './run-environment.ts';
import { startLimits } from './run-limits.ts';
import type { RunOutcome } from './run-outcome.ts';
import type { StartedRun } from './started-run.ts';
import { recordLine } from './run-log/record-line.ts';
import { startRunLog } from './run-log/run-log.ts';
import { jobFileOf } from './user-jobs/job-file.ts';
import { type Workplace, workHere } from './workplace.ts';

const notRecordedCode = 'not_recorded';

/** Runs the job, within its limits, and records how it ended. Never throws for what the job does. */
export async function perform(environment: RunEnvironment, run: StartedRun): Promise<RunOutcome> {
  const life = () => runAndRecord(environment, run);
  return environment.inChargeOfStop === undefined ? life() : environment.inChargeOfStop(life);
}

async function runAndRecord(environment: RunEnvironment, run: StartedRun): Promise<RunOutcome> {
  const { database } = environment;
  const name = run.definition.name;
  const labels = { 'labels.job': name, 'labels.run_id': run.runId, 'trace.id': run.runId };
  const logger = environment.logger.child(labels);
  const record = environment.record?.child(labels) ?? logger;
  logger.info(
    { 'event.action': 'job.started', 'labels.trigger': run.trigger, 'labels.dry_run': run.dryRun },
    `${name} started`,
  );
  if (!run.dryRun) await keepSettings(environment, run);
  const head = run.dryRun ? null : await headOfToday(environment, run);
  const pinged = pingOf(environment, run);
  pinged?.started();
  const log = startRunLog(environment, run, logger);
  const began = performance.now();
  const { messages, ...ending } = await runSomewhere(environment, run, log.logger).finally(log.stop);
  const durationMs = Math.round(performance.now() - began);
  const outcome = { ...ending, finishedAt: database.clock.now(), durationMs };
  const recorded = run.dryRun ? outcome : await store(environment, run, outcome, record);
  logEnd({ logger, record }, name, recorded, head);
  pinged?.ended(recorded, log.records);
  if (recorded.fault?.code !== notRecordedCode) await log.save();
  return {
    runId: run.runId,
    job: name,
    trigger: run.trigger,
    startedAt: run.startedAt,
    messages,
    ...recorded,
  };
}

/** How a dead man's switch learns of this run; undefined: there is none, or it would learn of a run that does nothing. */
function pingOf({ pinger, config }: RunEnvironment, { definition, runId, dryRun }: StartedRun) {
  const url = config.jobs[definition.name]?.pingUrl;
  if (pinger === undefined || url === undefined || dryRun) return undefined;
  const pinged = { job: definition.name, runId, url, proxies: config.httpProxies };
  return {
    started: () => pinger.started(pinged),
    ended: ({ status, fault, durationMs }: Timed, records: readonly LogRecord[]) => {
      const about = fault === null ? ` in ${formatDuration(durationMs)}` : `: ${fault.message}`;
      const lines = fault === null ? [] : records.map(recordLine);
      pinger.ended(pinged, status === 'succeeded', `${status.replace('_', ' ')}${about}`, lines);
    },
  };
}

async function runSomewhere(
  environment: RunEnvironment,
  run: StartedRun,
  logger: Logger,
): Promise<Ending & Pick<RunOutcome, 'messages'>> {
  let place: Workplace;
  try {
    place = await placeFor(environment, run, logger);
  } catch (error) {
    return { ...endingOfError(environment, error), messages: [] };
  }
  try {
    const ending = await runWithinLimits(place, environment, run, logger);
    return { ...ending, messages: place.queued() };
  } finally {
    await place.close();
  }
}

/** A job of the user's does not share the runner's thread where it can have connections of its own. */
async function placeFor(environment: RunEnvironment, run: StartedRun, logger: Logger): Promise<Workplace> {
  const file = jobFileOf(run.definition);
  const { lend } = environment.database;
  if (file === undefined || lend === undefined) return workHere(environment, run, logger);
  const { workInThread } = await import('./user-jobs/work-in-thread.ts');
  return workInThread(environment, run, logger, { file, lend });
}

async function runWithinLimits(
  place: Workplace,
  environment: RunEnvironment,
  run: StartedRun,
  logger: Logger,
): Promise<Ending> {
  const limits = startLimits(run.timeoutMs, environment.stop);
  const abandonment = startAbandonment(place.scope, limits.signal, environment.graceMs);
  const heartbeat = run.dryRun
    ? undefined
    : startHeartbeat(
        environment.database,
        run.runId,
        logger,
        { onLost: limits.lose, onCancel: limits.cancel },
        environment.heartbeatMs,
      );
  try {
    const { promise: abandoned } = abandonment;
    const job = place.work({ signal: limits.signal, abandoned });
    // Once abandoned, nobody waits for it any more.
    job.catch(() => undefined);
    const result = await Promise.race([job, abandoned]);
    // A result that is no JSON fails the run here, where that can be recorded.
    storableJson(result);
    return endingOfResult(run, result);
  } catch (error) {
    // Whatever the job threw after it was asked to stop: the reason it was given is what people need.
    return endingOfError(environment, limits.signal.aborted ? limits.signal.reason : error);
  } finally {
    abandonment.dispose();
    heartbeat?.stop();
    limits.dispose();
  }
}

/** How a run ended, and when. */
type Timed = Ending & Pick<RunOutcome, 'finishedAt' | 'durationMs'>;

/** A run whose end cannot be stored did not end well, whatever the job says. */
async function store(
  environment: RunEnvironment,
  run: StartedRun,
  outcome: Timed,
  record: Logger,
): Promise<Timed> {
  const { status, result, fault, stack, finishedAt, durationMs } = outcome;
  const away = status === 'failed' && outcome.exitCode === ExitCode.unavailable;
  if (status === 'skipped') throw new TypeError('a run that was started cannot be skipped');
  const end: RunEnd = {
    runId: run.runId,
    status,
    finishedAt,
    durationMs,
    result,
    reason: fault?.code === cancelledCode ? cancelledCode : null,
    retryAt: away ? (run.retryAt?.(finishedAt) ?? null) : null,
    error:
      fault === null ? null : { code: fault.code, message: fault.message, next: fault.next ?? null, stack },
  };
  try {
    const ours = await recordEnd(
      environment.database,
      end,
      // By hand, somebody waits for the answer.
      { patient: run.trigger !== 'manual', stop: environment.stop },
    );
    if (ours) return outcome;
    return { ...outcome, ...endingOfError(environment, new RunLostError()) };
  } catch (thrown) {
    const error = environment.secrets.scrubError(toOperatorError(thrown, environment.database.label));
    record.error(
      { 'event.action': 'job.finished', 'event.outcome': 'failure', err: error },
      'the end of the run could not be recorded; it is tried further while this process lives',
    );
    void recordLater(environment.database, end).then((ending) => {
      if (ending === 'recorded') {
        record.info(
          { 'event.action': 'job.recorded', 'labels.status': status },
          `the end of ${run.definition.name} is recorded now that the database is back`,
        );
      }
    });
    return {
      ...outcome,
      status: status === 'succeeded' ? 'failed' : status,
      fault: {
        code: notRecordedCode,
        message:
          `The job ended (${fault === null ? status : `${status}: ${fault.message}`}), ` +
          `but its end could not be recorded: ${error.message}`,
        next: 'Once the database is back, look at `runs list`: a daemon that is still there records it by then; otherwise it is shown as interrupted.',
      },
      exitCode: ExitCode.unavailable,
    };
  }
}

function logEnd(
  { logger, record }: { readonly logger: Logger; readonly record: Logger },
  name: string,
  ending: Timed,
  head: RecordHead | null,
): void {
  const fields = {
    'event.action': ending.status === 'interrupted' ? 'job.interrupted' : 'job.finished',
    'event.outcome': ending.status === 'succeeded' ? 'success' : 'failure',
    'event.duration': ending.durationMs * 1_000_000,
    'labels.status': ending.status,
    ...(head === null ? {} : { 'labels.record_head': head.hash, 'labels.record_head_day': head.day }),
  };
  if (ending.fault === null) {
    logger.info(fields, `${name} succeeded`);
    return;
  }
  const words = `${name} ${ending.status}: ${ending.fault.message}`;
  const about = { ...fields, ...errorFields(ending) };
  // A fault that was said before is in the record; the log of every five minutes need not cry.
  if (ending.fault.repeated === true) logger.info(about, words);
  else record[ending.status === 'interrupted' ? 'warn' : 'error'](about, words);
}

function errorFields(ending: Timed): Readonly<Record<string, string>> {
  if (ending.fault === null) return {};
  return {
    'error.code': ending.fault.code,
    'error.message': ending.fault.message,
    ...(ending.stack === null ? {} : { 'error.stack_trace': ending.stack }),
  };
}
