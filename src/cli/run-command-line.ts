import { CommanderError } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { loadHelpSection } from './commands/command-context.ts';
import { printError } from './errors.ts';
import type { Io } from './io.ts';
import { buildProgram, type Program } from './program.ts';
import { usageError } from './usage-error.ts';
import { wantsStack } from './wants-stack.ts';

function wantsJson(program: Program, args: readonly string[]): boolean {
  const { json, format } = program.current().opts<{ json?: unknown; format?: unknown }>();
  return json === true || format === 'json' || args.includes('--json');
}

/** `help import rules` is `import rules --help`: the library's own `help` looks one level deep. */
function asHelpOption(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  return first === 'help' && rest.length > 0 ? [...rest, '--help'] : [...args];
}

/**
 * Runs one command line, without the name of the program, and returns its exit code. Whatever goes wrong is printed; nothing
 * is thrown.
 */
export async function runCommandLine(args: readonly string[], world: Io): Promise<ExitCode> {
  const io: Io = { ...world, args };
  const program = buildProgram(io);
  try {
    await program.command.parseAsync(asHelpOption(args), { from: 'user' });
    return program.exitCode() ?? ExitCode.ok;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageError(thrown, program.current()) : thrown;
    if (error === undefined) {
      io.stdout.write(await loadHelpSection(program.current()));
      return ExitCode.ok;
    }
    return printError(error, io, { json: wantsJson(program, args), debug: wantsStack(args, io.env) });
  }
}
