import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { noteRestored } from '../../identity.ts';
import { pgDataOf, replacedOf } from '../data-folder.ts';
import { type OpenEmbeddedOptions, takeDataFolder } from '../open-embedded.ts';
import { type BackupFacts, removeCopy, unpackAndCheck } from './backup-file.ts';
import { type CopyLimits, withCopy } from './check-copy.ts';

/**
 * Puts the database of a backup in the place of the one in the folder, which is not opened: it may be broken. The backup is unpacked,
 * opened and read first, beside the old data, and marked: it sends nothing until it is confirmed (identity.ts). A crash at any moment leaves the old database or the new one: see `settleCopies`.
 *
 * @param agree is asked once the backup is checked; false: nothing is replaced.
 * @param path absolute path of the backup
 * @param file the path as the person typed it
 * @throws DatabaseHeldError (exit 3) when another process has the folder; OperatorError of {@link unpackAndCheck}.
 */
export async function restoreEmbedded(
  folder: string,
  path: string,
  file: string,
  options: OpenEmbeddedOptions & CopyLimits,
  agree: (facts: BackupFacts) => Promise<boolean>,
): Promise<BackupFacts> {
  const ownership = await takeDataFolder(folder, options);
  const work = join(folder, `backup-${randomUUID()}`);
  try {
    const facts = await unpackAndCheck(path, file, work, options);
    if (!(await agree(facts))) return facts;
    // What is queued in it may have been sent since.
    await withCopy(work, `backup ${file}`, options, noteRestored);
    await rename(pgDataOf(folder), replacedOf(folder)).catch((error: unknown) => {
      // There was none.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
    await rename(pgDataOf(work), pgDataOf(folder));
    await rm(replacedOf(folder), { recursive: true, force: true });
    return facts;
  } finally {
    await removeCopy(work);
    await ownership.release();
  }
}
