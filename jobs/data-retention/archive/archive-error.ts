import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EIO: 'the disk reports an error',
  EEXIST: 'a file of that name is there already',
};

/** Why a file operation failed, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return reasons[code] ?? error.message;
}

/** The archive is whole, and its rows were dealt with: what is missing is the copy of its manifest beside it. */
export function manifestFailed(path: string, error: unknown): OperatorError {
  return new OperatorError({
    code: 'manifest_not_written',
    message: `${path} could not be written: ${reasonOf(error)}. Its archive is whole, and the database has the manifest.`,
    next: 'Check archive_dir, its disk and its rights, and run it again: it writes what is missing and continues.',
    exitCode: ExitCode.failed,
    cause: error,
  });
}

/** An archive cannot be written or does not read back as it was written: what it was to hold stays in the table. */
export function archiveFailed(path: string, error: unknown): OperatorError {
  return new OperatorError({
    code: 'archive_failed',
    message: `The archive ${path} could not be written: ${reasonOf(error)}. Its rows stay in the table.`,
    next: 'Check archive_dir, its disk and its rights, and run it again: it continues where it stopped.',
    exitCode: ExitCode.failed,
    cause: error,
  });
}
