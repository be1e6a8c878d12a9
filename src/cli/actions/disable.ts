import type { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { decide } from '../runs/decide.ts';

/** As typed. */
export interface DisableOptions {
  readonly as?: string;
}

/** `disable JOB`: its schedule no longer runs it; `run-job` by hand still does. */
export function disable(
  io: Io,
  globals: GlobalOptions,
  job: string,
  options: DisableOptions,
): Promise<ExitCode> {
  return decide(
    io,
    globals,
    job,
    options.as,
    () => ({ action: 'disable' }),
    (changed) =>
      changed
        ? `${job} is disabled: its schedule no longer runs it. \`run-job ${job}\` by hand still does.`
        : `${job} is disabled already; nothing was changed.`,
  );
}
