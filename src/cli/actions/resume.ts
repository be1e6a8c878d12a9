import type { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { decide } from '../runs/decide.ts';

/** As typed. */
export interface ResumeOptions {
  readonly as?: string;
}

/** `resume JOB`: ends the pause; firings within it are not made up for. */
export function resume(
  io: Io,
  globals: GlobalOptions,
  job: string,
  options: ResumeOptions,
): Promise<ExitCode> {
  return decide(
    io,
    globals,
    job,
    options.as,
    () => ({ action: 'resume' }),
    (changed) =>
      changed
        ? `${job} is no longer paused; its schedule counts from now.`
        : `${job} is not paused; nothing was changed.`,
  );
}
