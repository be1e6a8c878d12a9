import { Command, type CommanderError } from 'commander';
import type { ExitCode } from '../exit-code.ts';
import { version } from '../version.ts';
import { alertsCommand } from './commands/alerts.ts';
import { type CommandContext, type DeclareCommand, examples } from './commands/command-context.ts';
import { configCommand } from './commands/config.ts';
import { daemonCommand } from './commands/daemon.ts';
import { demoCommand } from './commands/demo.ts';
import { disableCommand } from './commands/disable.ts';
import { enableCommand } from './commands/enable.ts';
import { explainCommand } from './commands/explain.ts';
import { importCommand } from './commands/import.ts';
import { listCommand } from './commands/list.ts';
import { messagesCommand } from './commands/messages.ts';
import { metricsCommand } from './commands/metrics.ts';
import { migrateCommand } from './commands/migrate.ts';
import { pauseCommand } from './commands/pause.ts';
import { previewCommand } from './commands/preview.ts';
import { ratesCommand } from './commands/rates.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { retentionCommand } from './commands/retention.ts';
import { runJobCommand } from './commands/run-job.ts';
import { runsCommand } from './commands/runs.ts';
import { uarCommand } from './commands/uar.ts';
import { verifyCommand } from './commands/verify.ts';
import type { GlobalOptions, Io } from './io.ts';
import { refuseUnserved } from './served-commands.ts';

/** By what people are here for: run, look, decide, set up. */
const groups: ReadonlyArray<readonly [string, readonly DeclareCommand[]]> = [
  ['Jobs:', [runJobCommand, previewCommand, listCommand, runsCommand, metricsCommand]],
  ['Schedules:', [daemonCommand, enableCommand, disableCommand, pauseCommand, resumeCommand]],
  ['Findings:', [reportCommand, explainCommand, alertsCommand, uarCommand, verifyCommand]],
  ['Retention:', [retentionCommand]],
  ['Messages:', [messagesCommand]],
  ['Data:', [ratesCommand]],
  ['Setting up:', [demoCommand, migrateCommand, importCommand, configCommand]],
];

const environmentAndExitCodes = `
Environment (a .env file in the working folder is read too):
  DATABASE_URL           PostgreSQL database; not set: an embedded one in OPSDECK_JOBS_DATA_DIR
  TIMEZONE               business zone, such as Europe/Madrid
  OPSDECK_JOBS_CONFIG    configuration file; default: opsdeck-jobs.json in the working folder
  All of them, with their values: opsdeck-jobs config show

Exit codes:
  0 done   1 the job failed   2 wrong usage or configuration   3 not run: running, paused, database in use
  4 checked and found something   5 timed out   6 database or server away   130/143 interrupted
`;

export interface Program {
  readonly command: Command;
  /** What the action returned; undefined when none ran (help, version). */
  exitCode(): ExitCode | undefined;
  /** The command that was being parsed or run last. */
  current(): Command;
}

/** Every command with its options. Nothing heavy is loaded until an action runs. */
export function buildProgram(io: Io): Program {
  let exitCode: ExitCode | undefined;
  const root = new Command('opsdeck-jobs');
  let current: Command = root;
  const context: CommandContext = {
    io,
    run: async (action) => {
      exitCode = await action(io, root.opts<GlobalOptions>());
    },
  };
  root
    .description('Runs the operations and compliance jobs of an OpsDeck database.')
    .usage('[options] <command>')
    .version(version, '-V, --version', 'print the version')
    .option('--env-file <file>', 'read variables from this file instead of .env')
    .option('--config <file>', 'the configuration file (JSON)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent')
    .option('--log-file <file>', 'also write the log there, as ECS JSON')
    .addHelpText(
      'after',
      `${environmentAndExitCodes}${examples('demo', 'run-job compliance-drift', 'report drift --days 30')}`,
    );
  for (const [heading, declarations] of groups) {
    root.commandsGroup(heading);
    for (const declare of declarations) root.addCommand(declare(context));
  }
  root.commandsGroup('Help:');
  root.helpCommand('help [command]', 'show the help of a command');
  configure(root, io, (command) => {
    current = command;
  });
  root.hook('preAction', (_, command) => {
    current = command;
    if (io.held !== undefined) refuseUnserved(command);
  });
  return { command: root, exitCode: () => exitCode, current: () => current };
}

/** The same behaviour on every level: output through Io, no exit of the process, global options in each help. */
function configure(command: Command, io: Io, failed: (command: Command) => void): void {
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
