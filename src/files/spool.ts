import { writeFileSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pieceBytes = 256 * 1024;

/**
 * A private file (mode 0600) in the folder for temporary files. It loses its name as soon as it is open: nobody else can open it,
 * and it is gone with the process, however that ends.
 */
export class Spool {
  readonly #handle: FileHandle;
  /** As many as were written. */
  bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(): Promise<Spool> {
    const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-'));
    const path = join(folder, 'spool');
    try {
      const handle = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new Spool(handle);
    } finally {
      await rmdir(folder);
    }
  }

  async write(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    if (bytes.length > 0) await this.#handle.writeFile(bytes);
  }

  /** The same for what is written between two statements of a program that waits for nothing there. */
  writeNow(text: string): void {
    writeFileSync(this.#handle.fd, text);
  }

  /** What was written: everything, or the bytes from one place up to another. */
  async *read({ from = 0, to = Number.POSITIVE_INFINITY, piece = pieceBytes } = {}): AsyncGenerator<Buffer> {
    for (let position = from; position < to; ) {
      const length = Math.min(piece, to - position);
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
