import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';

/** @throws OperatorError `not_served` (exit 2) for a command that is not run for other terminals. */
export function refuseUnserved(command: CommandUnknownOpts, served: ReadonlySet<string>): void {
  const noun = firstWord(command);
  if (served.has(noun)) return;
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
