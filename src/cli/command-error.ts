import type { CommanderError, CommandUnknownOpts } from '@commander-js/extra-typings';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';

/** `report drift` for the command itself, without the program's name. */
function commandPath(command: CommandUnknownOpts): string {
  return command.parent === null ? '' : `${commandPath(command.parent)} ${command.name()}`.trim();
}

/** commander's `error: unknown option '--x'\n(Did you mean --y?)` as a sentence. */
function sentence(text: string): string {
  const [first = '', ...suggestions] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const head = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/[.]?$/, '.');
  return [head, ...suggestions.map((line) => line.replace(/^\((.*)\)$/, '$1'))].join(' ');
}

/** What commander throws as ours; undefined: help or the version was printed, which is no error. */
export function commandError(error: CommanderError, command: CommandUnknownOpts): OperatorError | undefined {
  if (error.exitCode === 0) return undefined;
  const path = commandPath(command);
  const help = `opsdeck-jobs ${path === '' ? '' : `${path} `}--help`;
  return usage(
    error.code === 'commander.help'
      ? `${path === '' ? 'opsdeck-jobs' : `'${path}'`} needs a command.`
      : sentence(error.message),
    `See '${help}'.`,
  );
}
