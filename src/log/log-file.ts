import { closeSync, openSync, writeSync } from 'node:fs';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';

export interface LogFile {
  write(line: string): void;
  /** Goes on in the file that has the name now, after somebody moved the old one away. */
  reopen(): void;
  close(): void;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Writes every byte, although each call of `write` may take only some; it returns how many, or throws. */
export function writeWhole(bytes: Uint8Array, write: (rest: Uint8Array) => number): void {
  for (let rest = bytes; rest.length > 0; ) {
    const taken = write(rest);
    if (taken === 0) throw new Error('the system takes no byte of it');
    rest = rest.subarray(taken);
  }
}

/**
 * Opens a log file for appending; a new one is for this user alone. Each line is written at once. Writing and closing never
 * throw, because a log must not break what it reports on: after the first line that cannot be written, `onFailure` is called
 * in a sentence and nothing more is written.
 */
export function openLogFile(path: string, onFailure: (sentence: string) => void): LogFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'a', 0o600);
  } catch (error) {
    throw new OperatorError({
      code: 'log_file_not_writable',
      message: `The log file ${path} cannot be written: ${reasonOf(error)}.`,
      next: 'Give --log-file a file in a folder that this user may write to.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
  let failed = false;
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (failed) return;
      failed = true;
      onFailure(
        `The log file ${path} cannot be written: ${reasonOf(error)}; the rest of the log is not in it.`,
      );
    }
  };
  return {
    write: (line) => {
      if (!failed) attempt(() => writeWhole(Buffer.from(line), (rest) => writeSync(descriptor, rest)));
    },
    reopen: () => {
      failed = false;
      attempt(() => {
        const next = openSync(path, 'a', 0o600);
        closeSync(descriptor);
        descriptor = next;
      });
    },
    close: () => attempt(() => closeSync(descriptor)),
  };
}
