import type { Logger } from 'pino';
import type { OpenDatabase } from '../db/database.ts';
import { CommandServer, type ServedCommand } from '../db/embedded/command-server.ts';
import { ExitCode } from '../errors/exit-code.ts';
import type { RunCommandLine, World } from './io.ts';

/** Commands of other terminals are run here, until it is ended. */
export interface CommandsOffered {
  /**
   * Takes no more. Those that run may go on for so long; then they are asked to stop as by SIGTERM, and so long again is
   * waited for them. To be called before the database is closed.
   */
  end(graceMs: number): Promise<void>;
}

/**
 * For a process that holds its database for long: whoever types a command on the same embedded database in another terminal
 * has it run here, with the streams, the exit code and the Ctrl-C of that terminal. On PostgreSQL nothing is offered: there
 * everybody has a connection.
 */
export function offerCommands(
  database: OpenDatabase,
  logger: Logger,
  runCommandLine: RunCommandLine,
): CommandsOffered {
  const { folder } = database;
  if (folder === undefined) return { end: async () => undefined };
  const server = new CommandServer((command) => run(command, database, logger, runCommandLine));
  folder.offer(server);
  return {
    end: (graceMs) => {
      folder.offer(undefined);
      return server.end(graceMs);
    },
  };
}

async function run(
  command: ServedCommand,
  held: OpenDatabase,
  logger: Logger,
  runCommandLine: RunCommandLine,
): Promise<ExitCode> {
  const { args, userName, columns, ...rest } = command;
  const world: World = { ...rest, columns: columns ?? undefined, userName: () => userName, held };
  const began = performance.now();
  const exitCode = await runCommandLine(args, world).catch((error: unknown) => {
    // It prints all that it expects to go wrong; this is a fault of the program, and not the daemon's end.
    logger.error(
      { 'event.action': 'command.served', 'event.outcome': 'failure', err: error },
      'a command failed',
    );
    return ExitCode.failed;
  });
  logger.info(
    {
      'event.action': 'command.served',
      'event.outcome': exitCode === ExitCode.ok ? 'success' : 'failure',
      'event.duration': Math.round((performance.now() - began) * 1_000_000),
      // Not the rest: there may be anything in it.
      'labels.command': args[0]?.startsWith('-') === false ? args[0] : 'unknown',
      'labels.exit_code': exitCode,
      'user.name': userName,
    },
    `ran a command of another terminal; exit ${exitCode}`,
  );
  return exitCode;
}
