import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly path: string;
  /** Writes a file that leaves this many bytes free. */
  fill(bytesLeft: number): Promise<void>;
  /** Removes that file. */
  drain(): Promise<void>;
  remount(mode: 'ro' | 'rw'): Promise<void>;
  remove(): Promise<void>;
}

/** Why there is no small disk to be had here; undefined: there is. */
export function missingForSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'mounting a tmpfs (Linux)';
  return process.getuid?.() === 0 ? undefined : 'mounting a tmpfs (root)';
}

/** A file system of its own of `megabytes`, so that a disk can really be full or read-only. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: async (bytesLeft) => {
      const { bavail, bsize } = await statfs(path);
      const file = await open(ballast, 'w');
      try {
        const chunk = Buffer.alloc(64 * 1024, 1);
        for (let rest = bavail * bsize - bytesLeft; rest > 0; rest -= chunk.length) {
          await file.write(chunk, 0, Math.min(rest, chunk.length));
        }
      } finally {
        await file.close();
      }
    },
    drain: () => rm(ballast, { force: true }),
    remount: async (mode) => {
      await run('mount', ['-o', `remount,${mode}`, path]);
    },
    remove: async () => {
      await run('umount', ['--lazy', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}
