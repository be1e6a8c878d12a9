import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InconclusiveSource } from '../../../../src/sources/source.ts';
import type { SourceFile } from '../open-file.ts';

const pieceBytes = 256 * 1024;

/** So much comes out of any compressed file, in bytes. */
const freeBytes = 256 * 1024 * 1024;
/** And so many times its own size; people's data shrink to a twentieth, at best to a hundredth. */
const largestRatio = 250;

/** The bytes of a file, once, with their SHA-256; what is compressed by gzip (its first bytes say so) comes out plain. */
export class FileReader {
  readonly #file: SourceFile;
  readonly #hash = createHash('sha256');
  #before: BigIntStats | undefined;
  #bytes = 0;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const raw = this.#raw();
    const first = await raw.next();
    if (first.done === true) return;
    const all = prepended(first.value, raw);
    if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
      yield* all;
      return;
    }
    const gunzip = createGunzip({ chunkSize: pieceBytes });
    try {
      let plain = 0;
      for await (const piece of pipeline(Readable.from(all), gunzip, () => undefined)) {
        const bytes = Buffer.from(piece);
        plain += bytes.length;
        if (plain > Math.max(freeBytes, this.#bytes * largestRatio))
          throw new InconclusiveSource(
            `${this.#file.name}: it unpacks to more than ${largestRatio} times its size, which no data do.`,
          );
        yield bytes;
      }
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_'))
        throw error;
      const reason =
        error.code === 'Z_BUF_ERROR' ? 'the compressed file ends too early' : 'it is not whole gzip';
      throw new InconclusiveSource(`${this.#file.name}: ${reason}.`);
    }
    // What is not gzip any more would be passed over in silence.
    const size = this.#before?.isFile() === true ? Number(this.#before.size) : this.#bytes;
    if (gunzip.bytesWritten !== size)
      throw new InconclusiveSource(`${this.#file.name}: something else follows the compressed part.`);
  }

  /** After the last chunk: of the bytes as they are in the file. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** When the file was last written; null: it is no regular file. */
  get writtenAt(): Date | null {
    return this.#before?.isFile() === true ? this.#before.mtime : null;
  }

  async *#raw(): AsyncGenerator<Buffer> {
    const { handle, name } = this.#file;
    const before = await handle.stat({ bigint: true });
    this.#before = before;
    // A file that is read twice is read from its start each time; a pipe has none.
    const places = before.isFile();
    for (;;) {
      const place = places ? this.#bytes : null;
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, place);
      if (bytesRead === 0) break;
      const piece = buffer.subarray(0, bytesRead);
      this.#hash.update(piece);
      this.#bytes += bytesRead;
      yield piece;
    }
    const after = await handle.stat({ bigint: true });
    if (before.isFile() && (before.size !== after.size || before.mtimeNs !== after.mtimeNs)) {
      throw new InconclusiveSource(`${name} changed while it was read.`);
    }
  }
}

async function* prepended(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
