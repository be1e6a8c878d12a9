import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { usage } from '../errors/usage.ts';

/** @throws OperatorError `not_served` (exit 2) for a command that is not run for other terminals. */
export function refuseUnserved(command: CommandUnknownOpts, served: ReadonlySet<string>): void {
  const noun = firstWord(command);
  if (served.has(noun)) return;
  throw usage(
    `'${noun}' is not run for other terminals.`,
    'Stop the process that holds the embedded database, and run it then.',
    'not_served',
  );
}

function firstWord(command: CommandUnknownOpts): string {
  return command.parent?.parent === null || command.parent === null
    ? command.name()
    : firstWord(command.parent);
}
