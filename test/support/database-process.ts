import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { buildProcess } from './build-process.ts';

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

/** Starts a process on a data folder; it is killed at the end of the test if it still runs. */
export async function startDatabaseProcess(
  dataDir: string,
  options: { readonly waitMs?: number; readonly uid?: number } = {},
): Promise<DatabaseProcess> {
  const child = spawn(
    process.execPath,
    [await buildProcess('hold-database'), dataDir, String(options.waitMs ?? 0)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    },
  );
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
