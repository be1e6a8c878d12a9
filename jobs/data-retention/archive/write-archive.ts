import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { JsonObject } from '../../../src/text/json.ts';
import { archiveFailed, manifestFailed } from './archive-error.ts';
import { archiveFiles } from './archive-name.ts';

/** Told how far the writing is; tests let it fail there. */
export type OnArchiveStep = (step: 'written' | 'synced' | 'renamed') => Promise<void>;

/**
 * Writes the lines, with the header before them, as gzipped NDJSON: into a file without a name of its own, to the disk, then under its
 * name, and the folder to the disk. Whoever finds a file under its name finds all of it. Only its owner may read it.
 *
 * @throws OperatorError `archive_failed`; nothing is left under the name then.
 */
export async function writeArchive(
  folder: string,
  name: string,
  header: JsonObject,
  lines: AsyncIterable<readonly string[]>,
  onStep: OnArchiveStep,
): Promise<string> {
  const files = archiveFiles(name);
  const unfinished = join(folder, files.unfinished);
  const path = join(folder, files.rows);
  const text = async function* () {
    yield `${JSON.stringify(header)}\n`;
    for await (const some of lines) if (some.length > 0) yield `${some.join('\n')}\n`;
  };
  await durably(unfinished, path, archiveFailed, async (handle) => {
    await pipeline(
      Readable.from(text(), { objectMode: true, highWaterMark: 1 }),
      createGzip({ level: 4 }),
      async (zipped: AsyncIterable<Buffer>) => {
        for await (const chunk of zipped) await handle.writeFile(chunk);
      },
    );
    await onStep('written');
    await handle.sync();
    await onStep('synced');
  });
  await syncFolder(folder, path);
  await onStep('renamed');
  return path;
}

/**
 * The manifest beside its archive, for people and for a day without the database, which has the one that counts.
 *
 * @throws OperatorError `manifest_not_written`.
 */
export async function writeManifestFile(folder: string, name: string, document: JsonObject): Promise<void> {
  const files = archiveFiles(name);
  const path = join(folder, files.manifest);
  await durably(join(folder, files.unfinishedManifest), path, manifestFailed, async (handle) => {
    await handle.writeFile(`${JSON.stringify(document, null, 2)}\n`);
    await handle.sync();
  });
}

async function durably(
  unfinished: string,
  path: string,
  failed: (path: string, error: unknown) => Error,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    // What is under this name is nobody's, and may be a link that leads out of the folder: it is not written through.
    await rm(unfinished, { force: true });
    const handle = await open(unfinished, 'wx', 0o600);
    try {
      await handle.chmod(0o600);
      await write(handle);
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw isFileError(error) ? failed(path, error) : error;
  }
}

/** A name is on the disk only once its folder is. */
async function syncFolder(folder: string, path: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw archiveFailed(path, error);
  }
}

/** What the database says while rows are read passes as it is. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
