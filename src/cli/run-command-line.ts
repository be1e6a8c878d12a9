import { CommanderError } from '@commander-js/extra-typings';
import { ExitCode } from '../errors/exit-code.ts';
import { commandError, commandPath } from './command-error.ts';
import { type CommandGroups, loadHelpSection } from './commands/command-context.ts';
import { printError } from './errors.ts';
import type { Io, RunCommandLine } from './io.ts';
import { buildProgram, type Program } from './program.ts';
import { wantsStack } from './wants-stack.ts';

function wantsJson(program: Program, args: readonly string[]): boolean {
  const { json, format } = program.current().opts();
  return json === true || format === 'json' || args.includes('--json');
}

/** `help import rules` is `import rules --help`: the library's own `help` looks one level deep. */
function asHelpOption(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  return first === 'help' && rest.length > 0 ? [...rest, '--help'] : [...args];
}

/** What the entry point puts together: the core knows no job, and no command of one, by name. */
export interface ProgramParts {
  readonly groups: CommandGroups;
  /** The first words of the commands that are run for other terminals. */
  readonly served: ReadonlySet<string>;
  readonly loadJobs: Io['loadJobs'];
  readonly loadPlaces: NonNullable<Io['loadPlaces']>;
}

/** The program's command line. */
export function commandLine({ groups, served, loadJobs, loadPlaces }: ProgramParts): RunCommandLine {
  return async function runCommandLine(args, world) {
    const commandName = () => commandPath(program.current());
    const io: Io = { ...world, args, commandName, loadJobs, loadPlaces, runCommandLine };
    const program: Program = buildProgram(io, groups, served);
    try {
      await program.command.parseAsync(asHelpOption(args), { from: 'user' });
      return program.exitCode() ?? ExitCode.ok;
    } catch (thrown) {
      const error = thrown instanceof CommanderError ? commandError(thrown, program.current()) : thrown;
      if (error === undefined) {
        io.stdout.write(await loadHelpSection(program.current()));
        return ExitCode.ok;
      }
      return printError(error, io, { json: wantsJson(program, args), debug: wantsStack(args, io.env) });
    }
  };
}
