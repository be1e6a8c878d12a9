import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** What stands where a value is wanted: one of some words, a file, the name of a job, or something else. */
export type ValueWords =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'job' | 'other' };

export interface OptionWords {
  /** As typed, such as `-q` and `--quiet`. */
  readonly names: readonly string[];
  /** With its value, for people: `--as <email>`. */
  readonly flags: string;
  readonly description: string;
  /** null: takes no value. */
  readonly value: ValueWords | null;
}

/** A command with its verbs, as data: what completion and the manual page are made from. */
export interface CommandWords {
  /** Words after the program's name; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  /** Names of its arguments, for people: `NAME`, `[FILE]`, `ID…`. */
  readonly usage: readonly string[];
  /** null: takes no arguments. */
  readonly argument: ValueWords | null;
  /** Those of every command are the program's. */
  readonly options: readonly OptionWords[];
  readonly commands: readonly CommandWords[];
}

const help: OptionWords = {
  names: ['-h', '--help'],
  flags: '-h, --help',
  description: 'display help for command',
  value: null,
};

export function commandWords(command: CommandUnknownOpts, path: readonly string[] = []): CommandWords {
  const [first] = command.registeredArguments;
  return {
    path,
    description: command.description(),
    usage: command.registeredArguments.map((argument) => {
      const name = `${argument.name().toUpperCase()}${argument.variadic ? '…' : ''}`;
      return argument.required ? name : `[${name}]`;
    }),
    argument: first === undefined ? null : valueWords(first.name(), first.argChoices, path[0]),
    options: [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .map(({ short, long, flags, description, argChoices, required, optional }) => ({
          names: [short, long].filter((name) => name !== undefined),
          flags,
          description,
          value:
            required || optional
              ? valueWords(/[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '', argChoices, undefined)
              : null,
        })),
      help,
    ],
    commands: command.commands.map((child) => commandWords(child, [...path, child.name()])),
  };
}

/** The program and everything below it, the program first. */
export function allCommands(command: CommandWords): readonly CommandWords[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function valueWords(
  name: string,
  choices: readonly string[] | undefined,
  noun: string | undefined,
): ValueWords {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (['file', 'folder', 'path', 'archive', 'a', 'b'].includes(name)) return { kind: 'file' };
  if (['job', 'jobs'].includes(name) || noun === 'run-job') return { kind: 'job' };
  return { kind: 'other' };
}
