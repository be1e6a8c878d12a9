import type { Command } from 'commander';
import type { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';

/** What a command declaration is given; the work itself is imported when the command runs, so that `--help` stays quick. */
export interface CommandContext {
  readonly io: Io;
  /** Runs the command's action with the options that every command takes, and keeps its exit code. */
  run(action: (io: Io, globals: GlobalOptions) => Promise<ExitCode>): Promise<void>;
}

/** Builds one command, or one noun with its verbs. */
export type DeclareCommand = (context: CommandContext) => Command;

/** The examples at the end of a command's help; `$` and the program's name are put in front. */
export function examples(...lines: readonly string[]): string {
  const heading = lines.length === 1 ? 'Example:' : 'Examples:';
  return `\n${heading}\n${lines.map((line) => `  $ opsdeck-jobs ${line}`).join('\n')}\n`;
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

const helpSections = new WeakMap<Command, () => Promise<string>>();

/** Adds a last section to the command's help that is loaded only when the help is shown. */
export function addHelpSection(command: Command, load: () => Promise<string>): Command {
  helpSections.set(command, load);
  return command;
}

/** The section of {@link addHelpSection}; empty for most commands. */
export async function loadHelpSection(command: Command): Promise<string> {
  return (await helpSections.get(command)?.()) ?? '';
}
