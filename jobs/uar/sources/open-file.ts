import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { InconclusiveSource } from '../../../src/sources/source.ts';

/** A file that is open for reading. */
export interface SourceFile {
  readonly handle: FileHandle;
  /** As people know it, for reasons. */
  readonly name: string;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its symbolic links lead in a circle',
  ENXIO: 'it is not a regular file',
};

function refused(name: string, reason: string): InconclusiveSource {
  return new InconclusiveSource(`The file ${name} cannot be read: ${reason}.`);
}

function why(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return reasons[code] ?? code;
}

/** Where the open file is, whatever its name has come to mean since: the kernel's word where it gives one. */
async function placeOf(handle: FileHandle, path: string): Promise<string> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${handle.fd}`);
  const place = await realpath(path);
  const [named, opened] = await Promise.all([stat(place), handle.stat()]);
  if (named.dev !== opened.dev || named.ino !== opened.ino) throw new Error('it changed while it was opened');
  return place;
}

/**
 * Opens a regular file below `folder`, symbolic links resolved. The file is opened first and judged by where it then is, so that
 * nobody can exchange it in between. A pipe is not waited for.
 *
 * @param path relative to the folder, or absolute and below it
 * @throws InconclusiveSource
 */
export async function openBelow(folder: string | undefined, path: string): Promise<SourceFile> {
  if (folder === undefined) {
    throw refused(path, 'jobs.uar.settings.sources_dir does not name the folder that files may be read from');
  }
  const root = await realpath(folder).catch((error: unknown) => {
    throw refused(path, `sources_dir ${folder}: ${why(error)}`);
  });
  const asked = resolve(root, path);
  const handle = await open(asked, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw refused(path, why(error));
  });
  try {
    const place = await placeOf(handle, asked);
    if (!place.startsWith(root.endsWith(sep) ? root : root + sep))
      throw refused(path, `it is not below ${folder}`);
    if (!(await handle.stat()).isFile()) throw refused(path, 'it is not a regular file');
    return { handle, name: path };
  } catch (error) {
    await handle.close();
    throw error instanceof InconclusiveSource ? error : refused(path, why(error));
  }
}

/** Opens a file, or a pipe, that the person at the terminal named. @throws InconclusiveSource */
export async function openTyped(path: string, name: string): Promise<SourceFile> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw refused(name, why(error));
  });
  if ((await handle.stat()).isDirectory()) {
    await handle.close();
    throw refused(name, 'it is a folder');
  }
  return { handle, name };
}
