import { expect } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { ExitCode } from '../../src/errors/exit-code.ts';
import type { DatabaseHarness } from './databases.ts';
import { memoryIo } from './memory-io.ts';

/**
 * Runs the actions of commands on a database that is open: each must end with exit code 0, and what it printed on stdout comes
 * back. The embedded one is not opened anew each time, which would take most of the test: it is that of the process that holds it,
 * as for commands of another terminal.
 */
export function commandLine(
  harness: DatabaseHarness,
  database: OpenDatabase,
  env: Readonly<Record<string, string>> = {},
): (action: (io: Io) => Promise<ExitCode>) => Promise<string> {
  const where = harness.configOf(database);
  const io =
    where.kind === 'postgres'
      ? { env: { DATABASE_URL: where.url, ...env } }
      : { env: { OPSDECK_JOBS_DATA_DIR: where.dataDir, ...env }, held: database };
  return async (action) => {
    const memory = memoryIo(io);
    expect(await action(memory.io)).toBe(0);
    return memory.stdout();
  };
}
