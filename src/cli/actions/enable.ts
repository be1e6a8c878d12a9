import type { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { decide } from '../runs/decide.ts';

/** As typed. */
export interface EnableOptions {
  readonly as?: string;
}

/** `enable JOB`: it runs on its schedule from now on. */
export function enable(
  io: Io,
  globals: GlobalOptions,
  job: string,
  options: EnableOptions,
): Promise<ExitCode> {
  return decide(
    io,
    globals,
    job,
    options.as,
    () => ({ action: 'enable' }),
    (changed) =>
      changed
        ? `${job} is enabled; its schedule counts from now.`
        : `${job} is enabled already; nothing was changed.`,
  );
}
