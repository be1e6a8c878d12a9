import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode } from '../errors/exit-code.ts';
import { isPaused } from '../schedule/paused.ts';
import { version } from '../service/version.ts';
import { claimManualRun, type RunRecord, recordRefusal } from './claim.ts';
import { claimOrEnd } from './claim-or-end.ts';
import type { JobDefinition } from './define-job.ts';
import { type JobState, type RunningRun, runningWith } from './jobs-snapshot.ts';
import { look } from './look.ts';
import { perform } from './perform.ts';
import { type Prepared, prepare } from './prepare.ts';
import { claimRetry, type RetryRequest } from './retry-run.ts';
import { type RunEnvironment, runnerName } from './run-environment.ts';
import type { RunFault, RunOutcome } from './run-outcome.ts';

export interface ManualRequest {
  readonly definition: JobDefinition;
  /** Already checked against the job's schema. */
  readonly params: Record<string, unknown>;
  readonly dryRun: boolean;
  /** undefined: the configured limit, else the job's own. */
  readonly timeoutMs: number | undefined;
  /** How long to wait for a run of the same job that is going; 0: not at all. */
  readonly waitMs: number;
  readonly ignorePause: boolean;
  readonly allowEmpty: boolean;
  /** The run that this one repeats, with its parameters. */
  readonly retry?: RetryRequest;
}

/** How often a waiting run looks whether the other one has ended. */
const pollMs = 1000;

/**
 * One run by hand. Refusals (already running, paused) are recorded as `skipped` and exit with 3. Whether the job is enabled
 * does not matter: that is about its schedule. A dry run claims nothing and writes nothing.
 *
 * @throws OperatorError when the parameters or the tables are not there, and whatever the database says; nothing is recorded then.
 */
export async function runManually(environment: RunEnvironment, request: ManualRequest): Promise<RunOutcome> {
  const { definition, params, dryRun, allowEmpty } = request;
  const prepared = await prepare(environment, definition, params, dryRun);
  const record: RunRecord = {
    runId: randomUUID(),
    job: definition.name,
    trigger: 'manual',
    concurrencyKey: prepared.key,
    paramsJson: JSON.stringify(params),
    startedAt: environment.database.clock.now(),
    runner: runnerName,
    programVersion: version,
  };
  const started = {
    runId: record.runId,
    definition,
    params,
    trigger: record.trigger,
    timeoutMs: request.timeoutMs ?? prepared.resolved.timeoutMs,
    dryRun,
    allowEmpty,
  };
  if (dryRun) return perform(environment, { ...started, startedAt: record.startedAt });
  const { state } = prepared;
  if (!request.ignorePause && state !== undefined && isPausedNow(state, record.startedAt)) {
    return refuse(environment, record, 'paused', pausedFault(state));
  }
  const claimed = await claim(environment, record, prepared, request);
  if ('refused' in claimed) {
    return refuse(
      environment,
      claimed.record,
      'already_running',
      runningFault(definition.name, claimed.refused),
    );
  }
  return perform(environment, { ...started, startedAt: claimed.record.startedAt });
}

type Claimed =
  | { readonly record: RunRecord }
  | { readonly record: RunRecord; readonly refused: RunningRun | undefined };

/** Claims, or waits until it can, or gives up. The start of a run is when it was claimed. */
async function claim(
  environment: RunEnvironment,
  first: RunRecord,
  prepared: Prepared,
  { waitMs, retry }: ManualRequest,
): Promise<Claimed> {
  const { database, stop } = environment;
  const definition = prepared.resolved.definition;
  const giveUpAt = performance.now() + waitMs;
  const take = (wanted: RunRecord) =>
    claimOrEnd(database, wanted, () =>
      retry === undefined ? claimManualRun(database, wanted) : claimRetry(database, wanted, retry),
    );
  let { running } = prepared;
  let record = first;
  for (;;) {
    if (running === undefined && (await take(record))) return { record };
    if (running !== undefined) {
      const left = giveUpAt - performance.now();
      if (left <= 0) return { record, refused: running };
      await sleep(Math.min(pollMs, left), undefined, { signal: stop });
    }
    const snapshot = await look(environment, database.db, [definition]);
    running = runningWith(snapshot, definition.name, prepared.key);
    record = { ...first, startedAt: database.clock.now() };
    if (running === undefined && performance.now() > giveUpAt) {
      // Free now, or taken and freed again in between: one last try decides.
      return (await take(record)) ? { record } : { record, refused: undefined };
    }
  }
}

function isPausedNow(state: JobState, now: Date): boolean {
  return isPaused({ pausedAt: state.paused_at, pausedUntil: state.paused_until }, now);
}

async function refuse(
  environment: RunEnvironment,
  record: RunRecord,
  reason: 'already_running' | 'paused',
  fault: RunFault,
): Promise<RunOutcome> {
  await recordRefusal(environment.database, record, reason, fault.message);
  environment.logger.info(
    {
      'event.action': 'job.skipped',
      'event.reason': reason,
      'labels.job': record.job,
      'labels.run_id': record.runId,
      'trace.id': record.runId,
    },
    `${record.job} skipped: ${fault.message}`,
  );
  return {
    runId: record.runId,
    job: record.job,
    status: 'skipped',
    trigger: record.trigger,
    startedAt: record.startedAt,
    finishedAt: record.startedAt,
    durationMs: 0,
    result: null,
    fault: { ...fault, code: reason },
    messages: [],
    exitCode: ExitCode.notRun,
  };
}

const triggerWords = { manual: 'by hand', schedule: 'by the daemon', timer: 'by a timer' } as const;

function runningFault(job: string, running: RunningRun | undefined): RunFault {
  const next = 'Wait for it with --wait 5m, or look at it with `runs list`.';
  if (running === undefined) {
    return { code: 'already_running', message: `${job} was just started elsewhere.`, next };
  }
  return {
    code: 'already_running',
    message:
      `${job} is already running since ${running.started_at.toISOString()}, started ${triggerWords[running.trigger]} ` +
      `on ${running.runner} (run ${running.id}).`,
    next,
  };
}

function pausedFault(state: JobState): RunFault {
  const until =
    state.paused_until === null ? 'until it is resumed' : `until ${state.paused_until.toISOString()}`;
  const by = state.paused_by === null ? '' : ` by ${state.paused_by}`;
  const reason = state.pause_reason === null ? '' : `: ${state.pause_reason}`;
  return {
    code: 'paused',
    message: `${state.job} is paused${by} ${until}${reason}.`,
    next: `Run it with --ignore-pause, or end the pause with \`resume ${state.job}\`.`,
  };
}
