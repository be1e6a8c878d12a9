import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { isRead } from '../config/variables.ts';
import type { OpenDatabase } from '../db/database.ts';
import { DatabaseHeldError } from '../db/embedded/database-held.ts';
import type { OfferingOwner } from '../db/embedded/owner.ts';
import { type OpenOptions, openDatabase } from '../db/open-migrated.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import { usage } from '../errors/usage.ts';
import type { Io } from './io.ts';
import { notePrinted } from './render/json.ts';
import type { SessionOptions } from './session-options.ts';

/** How long a client waits before it looks again who has a folder whose owner was just leaving. */
const leavingMs = 100;

/** Owners may follow each other; one that says it takes commands and never does must not be asked for ever. */
const looksForOwner = 20;

/** Opens the database; or has the command run by the process that holds the embedded one, and gives the exit code. */
export async function openForCommand(
  io: Io,
  config: Config,
  { onNotice, onWait }: Required<Pick<OpenOptions, 'onNotice' | 'onWait'>>,
  { waitMs, isLong = false, onlyHere = false, statementLimitMs }: SessionOptions,
): Promise<OpenDatabase | ExitCode> {
  if (io.held !== undefined && !onlyHere) {
    // A page of the daemon is about the daemon's own database; another terminal may mean another one.
    if (io.show === undefined) await refuseOther(io.held, config);
    return shareHeld(io.held, config, statementLimitMs);
  }
  const args = onlyHere || io.held !== undefined ? undefined : io.args;
  for (let look = 1; ; look += 1) {
    try {
      return await openDatabase(config.database, {
        applicationName: 'opsdeck-jobs',
        command: ['opsdeck-jobs', io.commandName?.() ?? ''].join(' ').trim(),
        stay: isLong ? undefined : 'brief',
        waitMs,
        takeOffer: args !== undefined,
        storedTimezone: config.storedTimezone,
        signal: io.stop,
        ...(statementLimitMs === undefined ? {} : { statementLimitMs }),
        onNotice,
        onWait,
      });
    } catch (error) {
      if (args === undefined || !(error instanceof DatabaseHeldError) || error.offering === undefined)
        throw error;
      if (look === looksForOwner) throw error;
      const exitCode = await runThere(io, args, error.offering);
      if (exitCode !== undefined) return exitCode;
    }
  }
}

/**
 * Lets the owner of the embedded database run the command line that was typed here.
 *
 * @returns its exit code; undefined: the owner is leaving, look again.
 */
async function runThere(
  io: Io,
  args: readonly string[],
  owner: OfferingOwner,
): Promise<ExitCode | undefined> {
  const { runAtOwner } = await import('../db/embedded/command-client.ts');
  const env = Object.entries(io.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isRead(entry[0]),
  );
  const exitCode = await runAtOwner(
    owner,
    {
      args: [...args],
      cwd: io.cwd,
      env: Object.fromEntries(env),
      userName: io.userName(),
      columns: io.columns ?? null,
      color: io.color,
      stdoutIsTerminal: io.stdoutIsTerminal,
      stderrIsTerminal: io.stderrIsTerminal,
    },
    { stdout: io.stdout, stderr: io.stderr, stop: io.stop, onResult: () => notePrinted(io) },
  );
  if (exitCode === undefined) await sleep(leavingMs, undefined, { signal: io.stop });
  return exitCode;
}

/** @throws OperatorError `other_database` (exit 2) when the command is about another database than the one that is held. */
async function refuseOther(held: OpenDatabase, { database }: Config): Promise<void> {
  if (
    database.kind !== 'embedded' ||
    held.folder === undefined ||
    !(await sameFolder(database.dataDir, held.folder.path))
  ) {
    throw usage(
      `The configuration of this command leads to another database than the ${held.label}.`,
      'Look at both with `config show`, and run it again.',
      'other_database',
    );
  }
}

/**
 * The database that this process holds, for one command: what stops the command ends its own statements and nobody else's, and
 * its end closes nothing.
 */
function shareHeld(
  held: OpenDatabase,
  { storedTimezone }: Config,
  statementLimitMs: number | undefined,
): OpenDatabase {
  const { db, cancelStatements } = held.forRun({ statementLimitMs });
  return {
    ...held,
    db,
    control: db,
    storedZone: storedTimezone ?? held.storedZone,
    cancelStatements,
    close: async () => undefined,
  };
}

async function sameFolder(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)));
  return first === second;
}
