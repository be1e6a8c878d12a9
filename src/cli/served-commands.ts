import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { usage } from '../errors/usage.ts';

/** @throws OperatorError `not_served` (exit 2) for a command that is not run for other terminals. */
export function refuseUnserved(command: CommandUnknownOpts, served: ReadonlySet<string>): void {
  if (isServed(command, served)) return;
  throw usage(
    `'${firstWord(command)}' is not run for other terminals.`,
    'Stop the process that holds the embedded database, and run it then.',
    'not_served',
  );
}

/** Is it one of those that work with the database for a moment, and so are also run for other terminals? */
export function isServed(command: CommandUnknownOpts, served: ReadonlySet<string>): boolean {
  return served.has(firstWord(command));
}

function firstWord(command: CommandUnknownOpts): string {
  return command.parent?.parent === null || command.parent === null
    ? command.name()
    : firstWord(command.parent);
}
