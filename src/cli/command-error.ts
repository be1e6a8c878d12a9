import type { CommanderError, CommandUnknownOpts } from '@commander-js/extra-typings';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';

/** `report drift` for the command itself, without the program's name. */
export function commandPath(command: CommandUnknownOpts): string {
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

/** Names that other tools have for it, and those of earlier versions of this one. */
const otherNames: Readonly<Record<string, string>> = {
  ack: 'expiry ack',
  alerts: 'expiry alerts',
  audit: 'decisions list',
  cancel: 'runs cancel',
  explain: 'expiry show or uar show',
  history: 'runs list',
  jobs: 'list',
  logs: 'runs show',
  ls: 'list',
  ps: 'runs list',
  retry: 'runs retry',
  run: 'run-job',
  serve: 'daemon',
  start: 'daemon',
  version: '--version',
};

/** `Unknown command 'history'. Did you mean runs list?`; undefined: the word is no name that we know. */
function otherName(error: CommanderError): string | undefined {
  const [, word = ''] = /^error: unknown command '([^']*)'/.exec(error.message) ?? [];
  const ours = Object.hasOwn(otherNames, word) ? otherNames[word] : undefined;
  return ours === undefined ? undefined : `Unknown command '${word}'. Did you mean ${ours}?`;
}

/** What commander throws as ours; undefined: help or the version was printed, which is no error. */
export function commandError(error: CommanderError, command: CommandUnknownOpts): OperatorError | undefined {
  if (error.exitCode === 0) return undefined;
  const path = commandPath(command);
  const help = `opsdeck-jobs ${path === '' ? '' : `${path} `}--help`;
  return usage(
    error.code === 'commander.help'
      ? `${path === '' ? 'opsdeck-jobs' : `'${path}'`} needs a command.`
      : ((path === '' ? otherName(error) : undefined) ?? sentence(error.message)),
    `See '${help}'.`,
  );
}
