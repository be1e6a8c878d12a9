import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { runCommandLine } from '../../bin/command-line.ts';
import type { Io } from '../../src/cli/io.ts';
import { offerCommands } from '../../src/cli/offer-commands.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { memoryIo } from './memory-io.ts';
import { environmentFor } from './program-database.ts';

/** Another terminal: a command line on the same database, in a working folder. */
export function terminalOn(config: DatabaseConfig, cwd: string) {
  const env = { HOME: cwd, ...environmentFor(config) };
  /** Runs a command there; `changes` are what is different about the terminal. */
  const run = async (args: readonly string[], changes: Partial<Io> = {}) => {
    const { io, stdout, stderr } = memoryIo({ cwd, env, ...changes });
    const code = await runCommandLine(args, io);
    return { code, stdout: stdout(), stderr: stderr() };
  };
  return { env, run };
}

/** The test's process as the owner that runs the commands of others; gives the names of those that it ran. */
export function offerFor(database: OpenDatabase): {
  readonly served: readonly string[];
  end(graceMs: number): Promise<void>;
} {
  const served: string[] = [];
  const line = z.looseObject({ 'event.action': z.string(), 'labels.command': z.string().optional() });
  const logger = pino(
    { level: 'info', base: null },
    {
      write: (text: string) => {
        const record = line.parse(JSON.parse(text));
        if (record['event.action'] === 'command.served') served.push(record['labels.command'] ?? '');
      },
    },
  );
  const commands = offerCommands(database, logger, runCommandLine);
  onTestFinished(() => commands.end(0));
  return { served, end: (graceMs) => commands.end(graceMs) };
}

/** Until the job is recorded as running, and gives the id of its run. */
export async function runningRun(database: OpenDatabase, job: string): Promise<string> {
  for (;;) {
    const { rows } = await sql<{ id: string }>`
      select id from opsdeck_jobs.job_run where job = ${job} and status = 'running'`.execute(database.db);
    const [run] = rows;
    if (run !== undefined) return run.id;
  }
}

/** Until the job is recorded as not running any more, and gives how its last run ended. */
export async function endedRun(database: OpenDatabase, id: string): Promise<string> {
  for (;;) {
    const { rows } = await sql<{ status: string }>`
      select status from opsdeck_jobs.job_run where id = ${id}::uuid and status <> 'running'`.execute(
      database.db,
    );
    const [run] = rows;
    if (run !== undefined) return run.status;
  }
}

const claimSchema = z.object({ socket: z.string() });

/** A client that speaks to the owner of a folder line by line, as it likes. */
export async function speakTo(dataDir: string) {
  const names = (await readdir(dataDir)).filter((name) => /^claim-\d+\.json$/.test(name)).sort();
  const claim = claimSchema.parse(JSON.parse(await readFile(join(dataDir, names.at(-1) ?? ''), 'utf8')));
  const socket = connect(join(dataDir, claim.socket));
  onTestFinished(() => {
    socket.destroy();
  });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    socket,
    say: (line: string) => socket.write(`${line}\n`),
    /** The next line, parsed; null: the connection is closed. */
    hear: async (): Promise<unknown> => {
      const { value, done } = await lines.next();
      return done === true ? null : JSON.parse(value);
    },
  };
}
