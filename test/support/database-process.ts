import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const eventSchema = z.looseObject({ event: z.string() });
type ProcessEvent = z.infer<typeof eventSchema>;

/** A real process that holds, or wants, an embedded database; see `processes/hold-database.ts`. */
export interface DatabaseProcess {
  readonly child: ChildProcess;
  /** The next thing that it says. */
  next(): Promise<ProcessEvent>;
  /** Gives it a line to do, and waits for what it says. */
  ask(line: string): Promise<ProcessEvent>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const cache = fileURLToPath(new URL('../../node_modules/.cache/opsdeck-jobs/', import.meta.url));
let built: Promise<string> | undefined;

/** Beside the built thread of the database, where the program looks for it. */
async function buildProcess(): Promise<string> {
  await mkdir(cache, { recursive: true });
  const unfinished = join(cache, `hold-database-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('./processes/hold-database.ts', import.meta.url))],
    outfile: unfinished,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['@electric-sql/pglite', 'pg', 'pg-copy-streams'],
    logLevel: 'warning',
  });
  const file = join(cache, 'hold-database.mjs');
  await rename(unfinished, file);
  return file;
}

/** Starts a process on a data folder; it is killed at the end of the test if it still runs. */
export async function startDatabaseProcess(
  dataDir: string,
  options: { readonly waitMs?: number; readonly uid?: number } = {},
): Promise<DatabaseProcess> {
  built ??= buildProcess();
  const child = spawn(process.execPath, [await built, dataDir, String(options.waitMs ?? 0)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // Input for a process that was killed goes nowhere.
  child.stdin.on('error', () => undefined);
  async function next(): Promise<ProcessEvent> {
    const { value, done } = await lines.next();
    return done === true ? { event: 'ended' } : eventSchema.parse(JSON.parse(value));
  }
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited;
  };
  onTestFinished(() => kill('SIGKILL'));
  return {
    child,
    next,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return next();
    },
    kill,
  };
}
