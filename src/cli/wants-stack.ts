import type { RunOutcome } from '../job/run-outcome.ts';
import { readLogLevel } from '../log/level.ts';
import type { Io } from './io.ts';

/** `--log-level debug`, `--log-level=debug`. Read from what was typed: the command line may be what is wrong. */
function typedLevel(args: readonly string[]): string | undefined {
  const option = '--log-level';
  const at = args.findLastIndex((arg) => arg === option || arg.startsWith(`${option}=`));
  return args[at] === option ? args[at + 1] : args[at]?.slice(option.length + 1);
}

/** Whether an error is shown with its stack: at level debug or trace, by option or else by `LOG_LEVEL`. */
export function wantsStack(args: readonly string[], env: Io['env']): boolean {
  const level = readLogLevel(typedLevel(args) ?? env['LOG_LEVEL'] ?? '');
  return level === 'debug' || level === 'trace';
}

/** Where a run failed, for who asked for it. */
export function stackFor({ args = [], env }: Io, { stack }: RunOutcome): string | null {
  return wantsStack(args, env) ? (stack ?? null) : null;
}
