import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { usage } from '../../errors/usage.ts';

/** The longest path that every system accepts for a unix socket, in bytes (macOS 103, Linux 107); longer ones may be cut silently. */
const longestPath = 103;

/** Gives paths of sockets in a folder, also where the folder's own path is too long for one. */
export class SocketFolder {
  readonly #folder: string;
  #descriptor: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws OperatorError when no path short enough leads to the folder. */
  path(name: string): string {
    const plain = join(this.#folder, name);
    if (Buffer.byteLength(plain) <= longestPath) return plain;
    if (process.platform === 'linux') {
      // The kernel follows this to the open folder, whatever its length.
      this.#descriptor ??= openSync(this.#folder, 'r');
      return `/proc/self/fd/${this.#descriptor}/${name}`;
    }
    throw usage(
      `The path of the data folder is too long for this system: ${this.#folder}`,
      'Set OPSDECK_JOBS_DATA_DIR to a folder with a shorter path.',
      'data_dir_path_too_long',
    );
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
