import { createHash, type Hash, hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';

/** What an archive is, once it was read to its end. */
export interface ArchiveDigest {
  /** Of the file as it is on the disk, or of the lines in the database, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

const pieceBytes = 256 * 1024;
/** Characters of a line: no row is as long, and a file that unpacks to one without an end must not fill the memory. */
const longestLine = 128 * 1024 * 1024;

/** Waits for no pipe: somebody may have put one there. @throws also for what is not a regular file. */
async function openArchive(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The hash of a file as it is on the disk; one that is longer than `most` bytes is read no further.
 *
 * @throws the file system's errors, and that it is not a regular file.
 */
export async function archiveDigest(path: string, most: number): Promise<ArchiveDigest> {
  const handle = await openArchive(path);
  try {
    const digest = createHash('sha256');
    let bytes = 0;
    for await (const chunk of handle.createReadStream({
      highWaterMark: pieceBytes,
      end: most,
      autoClose: false,
    })) {
      digest.update(chunk);
      bytes += chunk.length;
    }
    return { sha256: digest.digest('hex'), bytes };
  } finally {
    await handle.close();
  }
}

/**
 * The lines of an archive, some at a time, header first. `onEnd` receives the hash of the file when its last line was read.
 *
 * @throws the file system's and zlib's own errors, and that it is not a regular file.
 */
export async function* archiveLines(
  path: string,
  onEnd?: (digest: ArchiveDigest) => void,
): AsyncGenerator<readonly string[]> {
  const digest = createHash('sha256');
  let bytes = 0;
  const file = (await openArchive(path)).createReadStream({ highWaterMark: pieceBytes });
  const unzipped = createGunzip({ chunkSize: pieceBytes });
  file.on('data', (chunk) => {
    digest.update(chunk);
    bytes += chunk.length;
  });
  file.on('error', (error) => unzipped.destroy(error));
  file.pipe(unzipped);
  const decoder = new StringDecoder('utf8');
  let held: string[] = [];
  let length = 0;
  try {
    for await (const chunk of unzipped) {
      const lines = decoder.write(chunk).split('\n');
      const last = lines.pop() ?? '';
      if (lines.length > 0) {
        lines[0] = held.join('') + (lines[0] ?? '');
        held = [];
        length = 0;
        yield lines;
      }
      held.push(last);
      length += last.length;
      if (length > longestLine) throw new Error(`a line of it has more than ${longestLine} characters`);
    }
  } finally {
    file.destroy();
  }
  const rest = held.join('') + decoder.end();
  if (rest !== '') throw new Error('it ends in the middle of a line');
  onEnd?.({ sha256: digest.digest('hex'), bytes });
}

const start = /^\[(\d+),"([^"]*)",/;

/** The table of a line and the key of the policy's row that it belongs to. */
export function lineStart(line: string): { readonly place: number; readonly root: string } {
  const [, place, root] = start.exec(line) ?? [];
  if (place === undefined || root === undefined) throw new Error('a line of it is not a row');
  return { place: Number(place), root };
}

/** The hash of each row with all that goes with it, by its key: what `bundleHash` computes of the rows in the database. */
export class BundleHashes {
  readonly #plain: boolean;
  readonly #byRoot = new Map<string, Hash | string>();

  constructor(withRelated: boolean) {
    this.#plain = !withRelated;
  }

  add(line: string): void {
    const { place, root } = lineStart(line);
    if (place === 0) {
      if (this.#byRoot.has(root)) throw new Error(`it has the row ${root} twice`);
      this.#byRoot.set(
        root,
        this.#plain
          ? hash('sha256', line, 'hex')
          : createHash('sha256').update(hash('sha256', line, 'buffer')),
      );
      return;
    }
    const own = this.#byRoot.get(root);
    if (own === undefined || typeof own === 'string')
      throw new Error(`it has a row that belongs to ${root}, and not ${root}`);
    own.update(hash('sha256', line, 'buffer'));
  }

  /** Keys and hashes, in the order of the archive. */
  entries(): { readonly keys: readonly string[]; readonly hashes: readonly string[] } {
    return {
      keys: [...this.#byRoot.keys()],
      hashes: [...this.#byRoot.values()].map((one) => (typeof one === 'string' ? one : one.digest('hex'))),
    };
  }
}
