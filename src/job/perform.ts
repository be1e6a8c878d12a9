import type { Logger } from 'pino';
import { toOperatorError } from '../db/errors.ts';
import type { RunTrigger } from '../db/tables/runs.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import type { JsonObject } from '../json.ts';
import { createNotifier } from '../notify/create-notifier.ts';
import type { Notifier } from '../notify/notifier.ts';
import { startAbandonment } from './abandonment.ts';
import type { JobDefinition } from './define-job.ts';
import { type FencedRun, fencedTransaction, RunLostError } from './fenced-transaction.ts';
import { startHeartbeat } from './heartbeat.ts';
import { readOnlyDb } from './read-only-db.ts';
import { recordEnd } from './record-end.ts';
import type { RunEnvironment } from './run-environment.ts';
import { RunStoppedError, startLimits } from './run-limits.ts';
import type { RunOutcome } from './run-outcome.ts';

/** A run that may begin: claimed, or dry. */
export interface StartedRun {
  readonly runId: string;
  readonly definition: JobDefinition;
  readonly params: Record<string, unknown>;
  readonly trigger: RunTrigger;
  readonly startedAt: Date;
  readonly timeoutMs: number;
  readonly dryRun: boolean;
  readonly allowEmpty: boolean;
}

type Ending = Pick<RunOutcome, 'status' | 'result' | 'fault' | 'exitCode'> & {
  readonly stack: string | null;
};

/** Runs the job, within its limits, and records how it ended. Never throws for what the job does. */
export async function perform(environment: RunEnvironment, run: StartedRun): Promise<RunOutcome> {
  const { database } = environment;
  const name = run.definition.name;
  const logger = environment.logger.child({
    'labels.job': name,
    'labels.run_id': run.runId,
    'trace.id': run.runId,
  });
  const notifier = createNotifier({
    jobName: name,
    runId: run.runId,
    clock: database.clock,
    zones: environment.zones,
    dryRun: run.dryRun,
  });
  logger.info(
    { 'event.action': 'job.started', 'labels.trigger': run.trigger, 'labels.dry_run': run.dryRun },
    `${name} started`,
  );
  const began = performance.now();
  const ending = await runWithinLimits(environment, run, logger, notifier);
  const durationMs = Math.round(performance.now() - began);
  const outcome = { ...ending, finishedAt: database.clock.now(), durationMs };
  const recorded = run.dryRun ? outcome : await store(environment, run, outcome, logger);
  logEnd(logger, name, recorded);
  const { stack: _, ...shown } = recorded;
  return {
    runId: run.runId,
    job: name,
    trigger: run.trigger,
    startedAt: run.startedAt,
    messages: notifier.queued,
    ...shown,
  };
}

async function runWithinLimits(
  environment: RunEnvironment,
  run: StartedRun,
  logger: Logger,
  notifier: Notifier,
): Promise<Ending> {
  const limits = startLimits(run.timeoutMs, environment.stop);
  const abandonment = startAbandonment(environment.database, limits.signal, environment.graceMs);
  const heartbeat = run.dryRun
    ? undefined
    : startHeartbeat(environment.database, run.runId, logger, limits.lose, environment.heartbeatMs);
  try {
    const { promise: abandoned } = abandonment;
    const job = work(environment, run, logger, notifier, { signal: limits.signal, abandoned });
    // Once abandoned, nobody waits for it any more.
    job.catch(() => undefined);
    return judgeEmpty(run, await Promise.race([job, abandoned]));
  } catch (error) {
    // Whatever the job threw after it was told to stop: the reason it was told is what people need.
    return endingOf(environment, limits.signal.aborted ? limits.signal.reason : error);
  } finally {
    abandonment.dispose();
    heartbeat?.stop();
    limits.dispose();
  }
}

async function work(
  environment: RunEnvironment,
  run: StartedRun,
  logger: Logger,
  notifier: Notifier,
  { signal, abandoned }: Pick<FencedRun, 'signal' | 'abandoned'>,
): Promise<JsonObject> {
  const { database, config, zones } = environment;
  const { definition, runId, dryRun } = run;
  signal.throwIfAborted();
  return definition.run({
    job: definition.name,
    runId,
    db: readOnlyDb(database.db, definition.name),
    transaction: fencedTransaction(database, { runId, dryRun, signal, abandoned }),
    logger,
    notifier,
    params: run.params,
    settings: config.jobs[definition.name]?.settings ?? {},
    clock: database.clock,
    zones,
    appBaseUrl: config.appBaseUrl,
    signal,
    progress: (stage, done, total) => environment.onProgress?.({ job: definition.name, stage, done, total }),
    dryRun,
  });
}

function judgeEmpty(run: StartedRun, result: JsonObject): Ending {
  const empty = run.allowEmpty ? null : (run.definition.nothingEvaluated?.(result) ?? null);
  if (empty === null) return { status: 'succeeded', result, fault: null, exitCode: ExitCode.ok, stack: null };
  return {
    status: 'failed',
    result,
    fault: {
      code: 'nothing_to_evaluate',
      message: 'The job found nothing to look at.',
      next: `${empty} With --allow-empty this is no failure.`,
    },
    exitCode: ExitCode.failed,
    stack: null,
  };
}

function endingOf(environment: RunEnvironment, thrown: unknown): Ending {
  const error = environment.secrets.scrubError(toOperatorError(thrown, environment.database.label));
  const stack = error.stack ?? null;
  if (thrown instanceof RunStoppedError) {
    const { status, code, message, next, exitCode } = thrown;
    return {
      status,
      result: null,
      fault: { code, message, ...(next === undefined ? {} : { next }) },
      exitCode,
      stack,
    };
  }
  if (error instanceof OperatorError) {
    const { code, message, next, exitCode } = error;
    const status = thrown instanceof RunLostError ? 'interrupted' : 'failed';
    return {
      status,
      result: null,
      fault: { code, message, ...(next === undefined ? {} : { next }) },
      exitCode,
      stack,
    };
  }
  return {
    status: 'failed',
    result: null,
    fault: {
      code: 'unexpected_error',
      message: `Unexpected error: ${error.message}`,
      next: 'Run it again with --log-level debug for the details, and report them.',
    },
    exitCode: ExitCode.failed,
    stack,
  };
}

type Timed = Ending & Pick<RunOutcome, 'finishedAt' | 'durationMs'>;

/** A run whose end cannot be stored did not end well, whatever the job says. */
async function store(
  environment: RunEnvironment,
  run: StartedRun,
  outcome: Timed,
  logger: Logger,
): Promise<Timed> {
  const { status, result, fault, stack, finishedAt, durationMs } = outcome;
  if (status === 'skipped') throw new TypeError('a run that was started cannot be skipped');
  try {
    const ours = await recordEnd(environment.database, {
      runId: run.runId,
      status,
      finishedAt,
      durationMs,
      result,
      error: fault === null ? null : { code: fault.code, message: fault.message, stack },
    });
    if (ours) return outcome;
    return { ...outcome, ...endingOf(environment, new RunLostError()) };
  } catch (thrown) {
    const error = environment.secrets.scrubError(toOperatorError(thrown, environment.database.label));
    logger.error(
      { 'event.action': 'job.finished', 'event.outcome': 'failure', err: error },
      'the end of the run could not be recorded',
    );
    return {
      ...outcome,
      status: status === 'succeeded' ? 'failed' : status,
      fault: {
        code: 'not_recorded',
        message:
          `The job ended (${fault === null ? status : `${status}: ${fault.message}`}), ` +
          `but its end could not be recorded: ${error.message}`,
        next: 'Once the database is back, look at `history`: the run is shown as running until its heartbeat lapses.',
      },
      exitCode: ExitCode.unavailable,
    };
  }
}

function logEnd(logger: Logger, name: string, ending: Timed): void {
  const fields = {
    'event.action': ending.status === 'interrupted' ? 'job.interrupted' : 'job.finished',
    'event.outcome': ending.status === 'succeeded' ? 'success' : 'failure',
    'event.duration': ending.durationMs * 1_000_000,
    'labels.status': ending.status,
  };
  if (ending.fault === null) {
    logger.info(fields, `${name} succeeded`);
    return;
  }
  const level = ending.status === 'interrupted' ? 'warn' : 'error';
  logger[level]({ ...fields, ...errorFields(ending) }, `${name} ${ending.status}: ${ending.fault.message}`);
}

function errorFields(ending: Timed): Readonly<Record<string, string>> {
  if (ending.fault === null) return {};
  return {
    'error.code': ending.fault.code,
    'error.message': ending.fault.message,
    ...(ending.stack === null ? {} : { 'error.stack_trace': ending.stack }),
  };
}
