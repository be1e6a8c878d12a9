import { realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import process from 'node:process';
import type { StopSignal } from '../service/stop-signal.ts';
import type { World } from './io.ts';

function wantsColor(env: World['env'], terminal: boolean): boolean {
  const { NO_COLOR: noColor, FORCE_COLOR: forced, TERM: term } = env;
  if (noColor !== undefined && noColor !== '') return false;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return terminal && term !== 'dumb';
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** `npx` starts a link in its cache, which it may clear at any time; what others are to run is what the link leads to. */
function lastingPath(script: string): string {
  return /[\\/]_npx[\\/]/.test(script) ? realpathSync(script) : script;
}

/** Terminal mode stays as it is, so that Ctrl-C stops the program as it does everywhere. */
async function askPerson(question: string, stop: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const ended = new Promise<string>((resolve) => {
    lines.once('close', () => resolve(''));
  });
  try {
    return await Promise.race([lines.question(question, { signal: stop }), ended]);
  } finally {
    lines.close();
  }
}

/** The outside world of this process: the one place that reads its environment. */
export function ioFromProcess(stop: AbortSignal): World {
  const { stdout, stderr, env } = process;
  return {
    stdout,
    stderr,
    stdoutIsTerminal: stdout.isTTY === true,
    stderrIsTerminal: stderr.isTTY === true,
    columns: stdout.isTTY === true ? stdout.columns : undefined,
    color: wantsColor(env, stdout.isTTY === true),
    env,
    cwd: process.cwd(),
    userName,
    program: [process.execPath, ...process.argv.slice(1, 2).map(lastingPath)],
    surviveUncaught: (handler) => {
      survivor = handler;
    },
    onHangUp: (handler) => {
      hangUp = handler;
    },
    stop,
    ...(process.stdin.isTTY === true && stderr.isTTY === true
      ? { ask: (question: string) => askPerson(question, stop) }
      : {}),
  };
}

const signals: ReadonlyMap<StopSignal, number> = new Map([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
]);

let hangUp: (() => void) | undefined;

/** The first Ctrl-C, SIGTERM or SIGHUP asks to stop; the second ends the process at once. SIGHUP may have another meaning. */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const [signal, exitCode] of signals) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && hangUp !== undefined) {
        hangUp();
        return;
      }
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(signal);
    });
  }
  return controller.signal;
}

/** Until {@link exitWith}, the process counts as failed: one that ends with its work unsettled has not done it. */
export function failUntilDone(): void {
  process.exitCode = 1;
}

let outputLost = false;

/** A pipe, or a socket in its place, whose other end was closed. */
const readerGone: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/**
 * A reader that goes away (`| head`) ends the output, not the work: a run is finished and recorded. Anything else that
 * prevents writing (a full disk) is reported and fails the command.
 */
export function surviveClosedPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== undefined && readerGone.has(error.code)) return;
    const reason = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
    process.stderr.write(
      `opsdeck-jobs: The result cannot be written: ${reason}.\nNext: Give it room, or another place.\n`,
    );
    outputLost = true;
    process.exitCode = 1;
  });
  process.stderr.on('error', () => undefined);
}

let survivor: ((error: unknown) => void) | undefined;

/** What no code caught: one sentence, exit 1; unless the command has said that it survives it. */
export function reportUncaught(report: (error: unknown) => number): void {
  process.on('uncaughtException', (error) => {
    if (survivor === undefined) process.exit(report(error));
    survivor(error);
  });
}

/**
 * Sets the exit code and lets the process end by itself, so that pending output is written first. What a job left behind (a
 * timer, a socket of a job that did not stop at its time limit) does not keep the process alive.
 */
export function exitWith(code: number): void {
  process.exitCode = outputLost && code === 0 ? 1 : code;
  const endWhenWritten = () => {
    if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
  };
  setInterval(endWhenWritten, 250).unref();
}

/** What was typed after the program's name. */
export function commandLineArguments(): readonly string[] {
  return process.argv.slice(2);
}
