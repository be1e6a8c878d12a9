import { ExitCode } from '../../errors/exit-code.ts';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { type CancelAnswer, requestCancel } from '../../job/cancel-run.ts';
import { markLapsedRuns } from '../../job/mark-lapsed.ts';
import { findRun, type StoredRun } from '../../job/run-history.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { readActor } from '../runs/actor.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface RunsCancelOptions {
  readonly reason?: string;
  readonly as?: string;
}

/** `runs cancel ID`: asks the process that runs it to end it; exit 2 when it is not running. */
export async function runsCancel(
  io: Io,
  globals: GlobalOptions,
  id: string,
  options: RunsCancelOptions,
): Promise<ExitCode> {
  const by = readActor(io, options.as);
  const reason = options.reason?.trim() || null;
  return withSession(io, globals, {}, async (session) => {
    await markLapsedRuns(session);
    const run = await findRun(session.database.db, id);
    const answer = await requestCancel(session.database, run.id, { by, reason });
    if (answer === 'not_running') throw notRunning(await findRun(session.database.db, run.id));
    if (answer === 'requested') {
      session.logger.info(
        { 'event.action': 'run.cancel', 'labels.job': run.job, 'labels.run_id': run.id, 'user.name': by },
        `run ${run.id} of ${run.job}: cancel requested by ${by}`,
      );
    }
    io.stdout.write(`${sentence(run, answer)}\n`);
    return ExitCode.ok;
  });
}

function sentence(run: StoredRun, answer: Exclude<CancelAnswer, 'not_running'>): string {
  const what = `Run ${run.id} of ${run.job} on ${run.runner}`;
  if (answer === 'requested') return `${what} is asked to end. Its process reads this within 10 seconds.`;
  return `${what} was asked to end before, by ${run.cancel_requested_by}; nothing was changed.`;
}

function notRunning(run: StoredRun): OperatorError {
  return usage(
    `Run ${run.id} of ${run.job} is not running: it is recorded as ${run.status.replace('_', ' ')}.`,
    `Look at it with \`runs show ${run.id}\`.`,
    'not_running',
  );
}
