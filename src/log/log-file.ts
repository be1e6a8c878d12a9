import { closeSync, openSync, writeSync } from 'node:fs';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';

export interface LogFile {
  write(line: string): void;
  close(): void;
}

/** Opens a log file for appending; a new one is for this user alone. Each line is written at once. */
export function openLogFile(path: string): LogFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'a', 0o600);
  } catch (error) {
    throw new OperatorError({
      code: 'log_file_not_writable',
      message: `The log file ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      next: 'Give --log-file a file in a folder that this user may write to.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
  return {
    write: (line) => {
      writeSync(descriptor, line);
    },
    close: () => closeSync(descriptor),
  };
}
