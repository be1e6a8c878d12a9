import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { builtFile } from '../../files/built-file.ts';

/** The files of a new embedded database, as a tar: the build makes them with the PGlite that opens them. */
export async function emptyDatabase(): Promise<Buffer> {
  return promisify(brotliDecompress)(await readFile(builtFile('empty-database')));
}

/** Unpacks them into a folder, which must not be there. The signal ends it, with a part of them unpacked. */
export async function unpackEmptyDatabase(folder: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const { name, content } of entriesOf(await emptyDatabase())) {
    signal?.throwIfAborted();
    const path = join(folder, name);
    if (content === undefined) await mkdir(path, { mode: 0o700 });
    else await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  }
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
