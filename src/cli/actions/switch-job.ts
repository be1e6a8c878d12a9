import type { ExitCode } from '../../errors/exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type DecideOptions, decide } from '../runs/decide.ts';
import { effectOfEnabling } from '../runs/enabling.ts';

/** What is said of a decision that was made, and of one that changes nothing. */
const sentences = {
  enable: {
    made: (job: string) => `${job} is enabled; its schedule counts from now.`,
    already: (job: string) => `${job} is enabled already; nothing was changed.`,
  },
  disable: {
    made: (job: string) =>
      `${job} is disabled: its schedule no longer runs it. \`run-job ${job}\` by hand still does.`,
    already: (job: string) => `${job} is disabled already; nothing was changed.`,
  },
  resume: {
    made: (job: string) => `${job} is no longer paused; its schedule counts from now.`,
    already: (job: string) => `${job} is not paused; nothing was changed.`,
  },
} as const;

/**
 * `enable JOB…`: it runs on its schedule from now on. `disable JOB`: its schedule no longer runs it; `run-job` by hand still does.
 * `resume JOB`: ends the pause; firings within it are not made up for.
 */
export function switchJob(
  io: Io,
  globals: GlobalOptions,
  action: keyof typeof sentences,
  jobs: readonly string[],
  options: DecideOptions,
): Promise<ExitCode> {
  const { made, already } = sentences[action];
  return decide(
    io,
    globals,
    jobs,
    options,
    () => ({ action }),
    (job, changed) => (changed ? made(job) : already(job)),
    ...(action === 'enable' ? [effectOfEnabling] : []),
  );
}
