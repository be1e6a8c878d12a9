import { createHash, type Hash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';

/** What a file is, once it was read to its end. */
export interface FileDigest {
  /** Of the file as it is on the disk, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The lines of an archive, some at a time, header first. `onEnd` is told the hash of the file when its last line was read.
 *
 * @throws the file system's and zlib's own errors.
 */
export async function* archiveLines(
  path: string,
  onEnd?: (digest: FileDigest) => void,
): AsyncGenerator<readonly string[]> {
  const digest = createHash('sha256');
  let bytes = 0;
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const unzipped = createGunzip({ chunkSize: 256 * 1024 });
  file.on('data', (chunk) => {
    digest.update(chunk);
    bytes += chunk.length;
  });
  file.on('error', (error) => unzipped.destroy(error));
  file.pipe(unzipped);
  const decoder = new StringDecoder('utf8');
  let held: string[] = [];
  try {
    for await (const chunk of unzipped) {
      const lines = decoder.write(chunk).split('\n');
      const last = lines.pop() ?? '';
      if (lines.length > 0) {
        lines[0] = held.join('') + (lines[0] ?? '');
        held = [];
        yield lines;
      }
      held.push(last);
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
