import { constants } from 'node:fs';
import { access, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { reasonOf } from './archive-error.ts';
import { readArchiveName } from './archive-name.ts';

function unusable(folder: string, reason: string, next: string, cause?: unknown): OperatorError {
  return new OperatorError({
    code: 'archive_dir_unusable',
    message: `archive_dir ${folder} cannot be used: ${reason}. Nothing was deleted.`,
    next,
    exitCode: ExitCode.failed,
    cause,
  });
}

/**
 * The files in the folder. It is not made: where a disk is not mounted, archives would land under it.
 *
 * @throws OperatorError `archive_dir_unusable`, also where archives were written before and none is there any more.
 */
export async function readFolder(folder: string, hasArchives: boolean): Promise<readonly string[]> {
  let files: readonly string[];
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is not a folder');
    await access(folder, constants.W_OK | constants.X_OK);
    files = await readdir(folder);
  } catch (error) {
    throw unusable(
      folder,
      reasonOf(error),
      'Make the folder, or mount its disk, and check its rights.',
      error,
    );
  }
  if (
    hasArchives &&
    !files.some((file) => file.endsWith('.ndjson.gz') && readArchiveName(file) !== undefined)
  )
    throw unusable(
      folder,
      'archives were written there, and they are missing now',
      'Is its disk mounted? Where they were moved away for good, name another folder.',
    );
  return files;
}

/**
 * Removes what runs have left that ended before their manifest was committed: its rows are in the table. Only files of the given
 * runs, and never one that a manifest names; another database may use the same folder. Returns how many.
 */
export async function removeLeftovers(
  folder: string,
  files: readonly string[],
  runs: ReadonlySet<string>,
  named: ReadonlySet<string>,
): Promise<number> {
  let removed = 0;
  for (const file of files) {
    const archive = readArchiveName(file);
    if (archive === undefined || !runs.has(archive.runId)) continue;
    if (named.has(archive.name) && !file.startsWith('.')) continue;
    try {
      await rm(join(folder, file), { force: true });
    } catch (error) {
      throw unusable(folder, `${file} cannot be removed: ${reasonOf(error)}`, 'Check its rights.', error);
    }
    removed += 1;
  }
  return removed;
}
