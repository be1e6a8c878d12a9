import type { ExitCode } from '../../errors/exit-code.ts';
import { wallClock } from '../../time/human-time.ts';
import { readFutureInstant } from '../../time/read-instant.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type DecideOptions, decide } from '../runs/decide.ts';

/** As typed. */
export interface PauseOptions extends DecideOptions {
  readonly until?: string;
  readonly reason?: string;
}

/** `pause JOB`: neither its schedule nor `run-job` runs it until the pause ends or `resume`. */
export function pause(
  io: Io,
  globals: GlobalOptions,
  jobs: readonly string[],
  options: PauseOptions,
): Promise<ExitCode> {
  return decide(
    io,
    globals,
    jobs,
    options,
    ({ database, zones }) => ({
      action: 'pause',
      until:
        options.until === undefined
          ? null
          : readFutureInstant(options.until, '--until', zones.business, database.clock.now()),
      reason: options.reason?.trim() || null,
    }),
    (job, changed, decision, { zones }) => {
      const until = decision.action === 'pause' ? decision.until : null;
      const end =
        until === null
          ? `until \`resume ${job}\``
          : `until ${wallClock(until, zones.business)}, ${zones.business}`;
      return changed ? `${job} is paused ${end}.` : `${job} is paused already ${end}; nothing was changed.`;
    },
  );
}
