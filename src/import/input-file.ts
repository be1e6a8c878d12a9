import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import { readReason } from '../files/read-reason.ts';

function cannotRead(file: string, reason: string, cause?: unknown): OperatorError {
  return new OperatorError({
    code: 'file_not_readable',
    message: `${file} cannot be read: ${reason}.`,
    next: 'Check the path.',
    exitCode: ExitCode.usage,
    cause,
  });
}

/** Turns an error of the file system into an OperatorError `file_not_readable` (exit 2); leaves any other as it is. */
export function readError(file: string, error: unknown): unknown {
  const reason = error instanceof OperatorError ? undefined : readReason(error);
  return reason === undefined ? error : cannotRead(file, reason, error);
}

/**
 * Opens a file that a person named, for reading. The caller closes the handle.
 *
 * @returns the handle and the size in bytes.
 * @throws OperatorError `file_not_readable` (missing, no permission, a folder) or `file_empty`, exit 2.
 */
export async function openInputFile(
  path: string,
  file: string,
): Promise<{ handle: FileHandle; bytes: number }> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw readError(file, error);
  });
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw cannotRead(file, 'it is a folder');
    if (stats.isFile() && stats.size === 0) throw emptyFile(file);
    return { handle, bytes: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Opens a regular file. What a job reads must not be a pipe, which would be waited for and could be read only once, nor a device,
 * which has no end. The caller closes the handle.
 *
 * @throws OperatorError `file_not_readable` or `file_empty`, exit 2.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw readError(path, error);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw cannotRead(path, stats.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    if (stats.size === 0) throw emptyFile(path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export function emptyFile(file: string): OperatorError {
  return usage(`${file} is empty.`, 'Check that the export that wrote it has finished.', 'file_empty');
}
