import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';

/**
 * What the process that holds an embedded database runs for other terminals, by the first word of the command. What is not here is
 * not run: what holds the database for long itself, or must have it alone, or needs none.
 */
const served: ReadonlySet<string> = new Set([
  'backup',
  'disable',
  'enable',
  'explain',
  'expiry',
  'import',
  'list',
  'messages',
  'metrics',
  'pause',
  'preview',
  'rates',
  'report',
  'resume',
  'retention',
  'run-job',
  'runs',
  'uar',
  'verify',
]);

export function isServed(noun: string): boolean {
  return served.has(noun);
}

/** @throws OperatorError `not_served` (exit 2) for a command that is not run for other terminals. */
export function refuseUnserved(command: CommandUnknownOpts): void {
  const noun = firstWord(command);
  if (isServed(noun)) return;
  throw new OperatorError({
    code: 'not_served',
    message: `'${noun}' is not run for other terminals.`,
    next: 'Stop the process that holds the embedded database, and run it then.',
    exitCode: ExitCode.usage,
  });
}

function firstWord(command: CommandUnknownOpts): string {
  return command.parent?.parent === null || command.parent === null
    ? command.name()
    : firstWord(command.parent);
}
