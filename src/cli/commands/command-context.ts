import { Command, type CommandUnknownOpts, type OptionValues } from '@commander-js/extra-typings';
import type { ExitCode } from '../../errors/exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';

/** What a command declaration is given; the work itself is imported when the command runs, so that `--help` stays quick. */
export interface CommandContext {
  /** Runs the command's action with the options that every command takes, and keeps its exit code. */
  run(action: (io: Io, globals: GlobalOptions) => Promise<ExitCode>): Promise<void>;
  /** The program with all its commands. */
  root(): CommandUnknownOpts;
}

/** Builds one command, or one noun with its verbs. */
export type DeclareCommand = (context: CommandContext) => CommandUnknownOpts;

/** The commands that the program has, by heading of its help, in this order. */
export type CommandGroups = ReadonlyArray<readonly [heading: string, commands: readonly DeclareCommand[]]>;

/** A command's flags and words, without its work. Built anew for every command line: parsing keeps its values in it. */
export type Declaration<Args extends unknown[], Options extends OptionValues> = () => Command<Args, Options>;

/** The options of a declared command, as its action gets them: as typed, not yet checked. */
export type OptionsOf<D> = D extends () => Command<infer _, infer Options> ? Readonly<Options> : never;

/** A command's work. What it is given is what its declaration says: arguments, then options. */
export type Action<Given extends unknown[]> = (
  io: Io,
  globals: GlobalOptions,
  ...given: Given
) => Promise<ExitCode>;

/** Binds a declaration to its action, which is loaded when the command runs. */
export function lazy<Args extends unknown[], Options extends OptionValues>(
  declare: Declaration<Args, Options>,
  load: () => Promise<Action<[...Args, Options]>>,
): DeclareCommand {
  return ({ run }) => {
    const command = declare();
    return command.action(() => {
      asJson(command);
      return run(async (io, globals) =>
        (await load())(withTables(io, command), globals, ...command.processedArgs, command.opts()),
      );
    });
  };
}

/** `--format json` is `--json`, wherever there are both. */
function asJson(command: CommandUnknownOpts): void {
  const wanted = command.getOptionValue('format') === 'json';
  if (wanted && command.options.some(({ long }) => long === '--json')) command.setOptionValue('json', true);
}

/** With `--format csv` or `md`, what is printed for people is set as that. */
function withTables(io: Io, command: CommandUnknownOpts): Io {
  const format: unknown = command.getOptionValue('format');
  return format === 'csv' || format === 'md' ? { ...io, tables: format } : io;
}

/** A noun with its verbs, in the order in which its help shows them. */
export function noun(
  name: string,
  description: string,
  verbs: readonly DeclareCommand[],
  ...lines: readonly string[]
): DeclareCommand {
  return (context) => {
    const command = new Command(name).description(description);
    for (const declare of verbs) command.addCommand(declare(context));
    return command.addHelpText('after', examples(...lines));
  };
}

/** A noun that does the work of one of its verbs where none is given. */
export function withDefault(declare: DeclareCommand, verb: DeclareCommand): DeclareCommand {
  return (context) => declare(context).addCommand(verb(context), { isDefault: true });
}

/** The examples at the end of a command's help; `$` and the program's name are put in front. */
export function examples(...lines: readonly string[]): string {
  const heading = lines.length === 1 ? 'Example:' : 'Examples:';
  return `\n${heading}\n${lines.map((line) => `  $ opsdeck-jobs ${line}`).join('\n')}\n`;
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

const helpSections = new WeakMap<CommandUnknownOpts, () => Promise<string>>();

/** Adds a last section to the command's help that is loaded only when the help is shown. */
export function withHelpSection(declare: DeclareCommand, load: () => Promise<string>): DeclareCommand {
  return (context) => {
    const command = declare(context);
    helpSections.set(command, load);
    return command;
  };
}

/** The section of {@link withHelpSection}; empty for most commands. */
export async function loadHelpSection(command: CommandUnknownOpts): Promise<string> {
  return (await helpSections.get(command)?.()) ?? '';
}
