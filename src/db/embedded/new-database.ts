import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { builtDatabase, builtFile } from '../../files/built-file.ts';
import { newDatabaseKey } from '../migration-steps.ts';

/** Between them the program looks whether it is to stop. */
const filesAtOnce = 50;

/** They come out in one piece, which is not copied. */
const unpackedBytes = 48 * 1024 * 1024;

/** The files of a new embedded database, as a tar: the build makes them with the PGlite that opens them. */
export function emptyDatabase(): Promise<Buffer<ArrayBuffer>> {
  return unpacked(builtFile('empty-database'));
}

/**
 * Unpacks a new database into a folder, which must not be there: an empty one, or one that has every step of this program and is
 * only to be taken over. The signal ends it, with a part of it unpacked.
 */
export async function unpackNewDatabase(
  folder: string,
  kind: 'empty' | 'migrated',
  signal: AbortSignal | undefined,
): Promise<void> {
  const migrated = kind === 'migrated' ? builtDatabase(newDatabaseKey()) : undefined;
  const tar = migrated === undefined ? await emptyDatabase() : await unpacked(migrated);
  mkdirSync(folder, { mode: 0o700 });
  let files = 0;
  for (const { name, content } of entriesOf(tar)) {
    const path = join(folder, name);
    // A quarter of the time of the asynchronous calls: they are a thousand.
    if (content === undefined) mkdirSync(path, { mode: 0o700 });
    else writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    files += 1;
    if (files % filesAtOnce === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
}

async function unpacked(path: string): Promise<Buffer<ArrayBuffer>> {
  return promisify(brotliDecompress)(await readFile(path), { chunkSize: unpackedBytes });
}

/** `content` of a folder is undefined; it comes before what is in it. */
interface Entry {
  readonly name: string;
  readonly content: Buffer | undefined;
}

/** The entries of a tar that the build made: POSIX ustar, files and folders alone. */
function* entriesOf(tar: Buffer): Generator<Entry> {
  for (let at = 0; tar[at] !== 0; ) {
    const text = (from: number, to: number) =>
      tar.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 136), 8);
    const start = at + 512;
    yield {
      name: text(0, 100),
      content: text(156, 157) === '5' ? undefined : tar.subarray(start, start + size),
    };
    at = start + Math.ceil(size / 512) * 512;
  }
}
