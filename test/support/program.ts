import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const programFile = fileURLToPath(new URL('../../bin/opsdeck-jobs.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid?: number;
  /** Without HOME. */
  readonly homeless?: true;
}

/**
 * Starts the built program as a process of its own, with nothing of this process's environment but PATH: what it is
 * told is in `env`.
 */
export function startProgram(args: readonly string[], options: ProgramOptions): RunningProgram {
  const child = spawn(process.execPath, [programFile, ...args], {
    cwd: options.cwd,
    env: {
      PATH: process.env['PATH'],
      ...(options.homeless === true ? {} : { HOME: options.cwd }),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

export function runProgram(args: readonly string[], options: ProgramOptions): Promise<Ended> {
  return startProgram(args, options).ended;
}

/** Until the program has said this on a stream; rejects when it ends before. */
export async function said(
  { child, ended }: RunningProgram,
  stream: 'stdout' | 'stderr',
  words: string,
): Promise<void> {
  let text = '';
  const found = new Promise<void>((resolve) => {
    child[stream]?.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes(words)) resolve();
    });
  });
  const never = ended.then((end): never => {
    throw new Error(`ended without '${words}': ${JSON.stringify(end)}`);
  });
  never.catch(() => undefined);
  await Promise.race([found, never]);
}
