import { Command, type CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExitCode } from '../errors/exit-code.ts';
import { version } from '../service/version.ts';
import type { CommandContext, CommandGroups } from './commands/command-context.ts';
import { shortHelp, wholeHelp } from './help-screens.ts';
import type { GlobalOptions, Io } from './io.ts';
import { isServed, refuseUnserved } from './served-commands.ts';

export interface Program {
  readonly command: CommandUnknownOpts;
  /** What the action returned; undefined when none ran (help, version). */
  exitCode(): ExitCode | undefined;
  /** The command that was being parsed or run last. */
  current(): CommandUnknownOpts;
}

/**
 * The program with these commands and their options. Nothing heavy is loaded until an action runs.
 *
 * @param served first words of the commands that may run for another terminal.
 */
export function buildProgram(io: Io, groups: CommandGroups, served: ReadonlySet<string>): Program {
  let exitCode: ExitCode | undefined;
  const root = new Command('opsdeck-jobs')
    .description('Runs the operations and compliance jobs of an OpsDeck database.')
    .usage('[options] <command>')
    .version(version, '-V, --version', 'print the version')
    .option('--env-file <file>', 'read variables from this file instead of .env')
    .option('--config <file>', 'the configuration file (JSON)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent')
    .option('--log-file <file>', 'also write the log there, as ECS JSON');
  let current: CommandUnknownOpts = root;
  const context: CommandContext = {
    run: async (action) => {
      if (io.program !== undefined && isServed(current, served)) void startDatabaseEarly(io, root.opts());
      exitCode = await action(io, root.opts());
    },
    root: () => root,
  };
  for (const [heading, declarations] of groups) {
    root.commandsGroup(heading);
    for (const declare of declarations) root.addCommand(declare(context));
  }
  root.helpCommand(false);
  configure(root, io, (command) => {
    current = command;
  });
  const whole = io.args?.includes('--all') === true;
  root.configureHelp({
    ...root.configureHelp(),
    formatHelp: (command, helper) => (whole ? wholeHelp : shortHelp)(command, helper),
  });
  root.hook('preAction', (_, command) => {
    current = command;
    if (io.held !== undefined) refuseUnserved(command, served);
  });
  return { command: root, exitCode: () => exitCode, current: () => current };
}

/** Whether that is of use is found out by what it loads; what is wrong is reported by whoever opens the database. */
async function startDatabaseEarly(io: Io, globals: GlobalOptions): Promise<void> {
  const early = await import('./start-database-early.ts').catch(() => undefined);
  early?.startDatabaseEarly(io, globals);
}

/** The same behaviour on every level: output through Io, no exit of the process, global options in each help. */
function configure(command: CommandUnknownOpts, io: Io, failed: (command: CommandUnknownOpts) => void): void {
  const width = () => io.columns ?? 100;
  if (command.parent !== null && command.commands.length > 0) command.helpCommand(false);
  command
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Printed once, by the caller, in the words of every other error.
      outputError: () => undefined,
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => io.color,
      getErrHasColors: () => io.color,
    })
    .exitOverride((error: CommanderError) => {
      failed(command);
      throw error;
    });
  for (const child of command.commands) configure(child, io, failed);
}
