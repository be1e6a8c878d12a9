import type { ExitCode } from '../../errors/exit-code.ts';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { checkFailures } from '../../job/failure-alerts.ts';
import { findJob } from '../../job/find-job.ts';
import { markLapsedRuns } from '../../job/mark-lapsed.ts';
import { isRetryable, newestRepeat } from '../../job/retry-run.ts';
import { findRun, type StoredRun } from '../../job/run-history.ts';
import { runManually } from '../../job/run-manually.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import { createPinger } from '../../notify/ping.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { readActor } from '../runs/actor.ts';
import { printFault } from '../runs/print-fault.ts';
import { printOutcome } from '../runs/print-outcome.ts';
import { openProgressDisplay } from '../runs/progress-display.ts';
import { runDocument } from '../runs/run-document.ts';
import { type Session, withSession } from '../session.ts';
import { stackFor } from '../wants-stack.ts';

/** As typed. */
export interface RunsRetryOptions {
  readonly reason?: string;
  readonly as?: string;
  readonly ignorePause?: boolean;
  readonly allowEmpty?: boolean;
  readonly json?: boolean;
}

/** How long the end of the process waits for a dead man's switch, after everything was said. */
const pingsAtMostMs = 5_000;

/** `runs retry ID`: a new run by hand with the parameters of one that did not succeed; exit 2 where there is nothing to repeat. */
export async function runsRetry(
  io: Io,
  globals: GlobalOptions,
  id: string,
  options: RunsRetryOptions,
): Promise<ExitCode> {
  const by = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    await markLapsedRuns(session);
    const run = await findRun(session.database.db, id);
    await refuseUnrepeatable(session, run);
    const definition = findJob(run.job, session.jobs, session.brokenJobs);
    const outcome = await repeat(session, definition, run, by, options);
    if (options.json === true) {
      const label = session.secrets.scrub(session.database.label);
      const document = runDocument(outcome, label, { dryRun: false, fault: outcome.fault });
      writeJson(io, { ...document, retry_of: run.id });
    } else printOutcome(io, definition, outcome, null);
    if (outcome.fault !== null) printFault(io, { ...outcome.fault, stack: stackFor(io, outcome) });
    return outcome.exitCode;
  });
}

async function repeat(
  session: Session,
  definition: JobDefinition,
  run: StoredRun,
  by: string,
  options: RunsRetryOptions,
): Promise<RunOutcome> {
  const { io, jobs: definitions } = session;
  const params = paramsOf(definition, run);
  const pinger = createPinger(session);
  const display = await openProgressDisplay(io, session.logger, options.json === true);
  const environment = {
    ...session,
    definitions,
    stop: io.stop,
    pinger,
    actor: by,
    onProgress: display.show,
  };
  try {
    const outcome = await runManually(environment, {
      definition,
      params,
      dryRun: false,
      timeoutMs: undefined,
      waitMs: 0,
      ignorePause: options.ignorePause === true,
      allowEmpty: options.allowEmpty === true,
      retry: { of: run.id, by, reason: options.reason?.trim() || null },
    });
    // The message that it works again does not wait for the next scheduled run.
    if (outcome.status === 'succeeded') await checkFailures(environment, [definition]);
    return outcome;
  } finally {
    display.end();
    await pinger.flush(pingsAtMostMs);
  }
}

/** The job may have other parameters by now than when they were stored. */
function paramsOf(definition: JobDefinition, run: StoredRun): Record<string, unknown> {
  const parsed = definition.params.safeParse(run.params);
  if (parsed.success) return parsed.data;
  throw usage(
    `The parameters of run ${run.id} are not valid for ${run.job} any more: ${JSON.stringify(run.params)}.`,
    `Run it with \`run-job ${run.job}\` and today's parameters.`,
    'invalid_params',
  );
}

async function refuseUnrepeatable({ database }: Session, run: StoredRun): Promise<void> {
  const refuse = (why: string, next: string): OperatorError =>
    usage(`Run ${run.id} of ${run.job} ${why}.`, next, 'not_retryable');
  if (run.status === 'running') {
    throw refuse('is still running', `Wait for it, or end it with \`runs cancel ${run.id}\`.`);
  }
  if (run.status === 'succeeded') {
    throw refuse('succeeded', `For another run of its own, use \`run-job ${run.job}\`.`);
  }
  if (!isRetryable(run.status)) {
    throw refuse(`was ${run.status}: nothing ran`, `Run the job with \`run-job ${run.job}\`.`);
  }
  const repeat = await newestRepeat(database.db, run.id);
  if (repeat === undefined) return;
  throw refuse(
    `was repeated by run ${repeat.id}, which is recorded as ${repeat.status.replace('_', ' ')}`,
    isRetryable(repeat.status)
      ? `Repeat that one: \`runs retry ${repeat.id}\`.`
      : `Look at it with \`runs show ${repeat.id}\`.`,
  );
}
