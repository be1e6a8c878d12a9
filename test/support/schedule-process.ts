import { type ChildProcess, spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { buildProcess } from './build-process.ts';
import type { ContestedJobsShape } from './contested-jobs.ts';
import type { Pace } from './fast-clock.ts';

/** What `processes/run-schedules.ts` is told. */
export interface ScheduleOrder {
  readonly database: DatabaseConfig;
  readonly as: 'daemon' | 'timers';
  readonly jobs: ContestedJobsShape;
  readonly clock: Pace;
  readonly concurrency: number;
  readonly graceMs: number;
}

export type LogRecord = Readonly<Record<string, unknown>>;

/** A real process that runs schedules. */
export interface ScheduleProcess {
  readonly child: ChildProcess;
  /** As in `job_run.runner`. */
  readonly runner: string;
  /** What it has logged so far under an `event.action`, or all of it. */
  logged(action?: string): readonly LogRecord[];
  /** Resolves when it has connected. */
  readonly ready: Promise<void>;
  /** Its end: the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** SIGTERM, and its end. */
  stop(): Promise<number | NodeJS.Signals | null>;
}

const recordSchema = z.record(z.string(), z.unknown());

/** Starts one; it is killed at the end of the test if it still runs. */
export async function startScheduleProcess(order: ScheduleOrder): Promise<ScheduleProcess> {
  const file = await buildProcess('run-schedules');
  const child = spawn(process.execPath, ['--enable-source-maps', file, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: LogRecord[] = [];
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record = recordSchema.parse(JSON.parse(line));
      log.push(record);
      if (record['event.action'] === 'test.ready') resolve();
    });
    void ended.then((how) => reject(new Error(`the process ended before it was ready: ${how}`)));
  });
  // A process that a test kills while it starts is not waited for.
  ready.catch(() => undefined);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    runner: `${hostname()}:${child.pid}`,
    logged: (action) => (action === undefined ? log : log.filter((one) => one['event.action'] === action)),
    ready,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
