import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const gibibyte = 2 ** 30;
const memoryFolder = '/dev/shm';

/**
 * A new folder for databases: in memory where there is plenty, else among the temporary files. A database is a thousand files,
 * and copying them on a busy disk takes seconds.
 */
export async function quickFolder(prefix: string): Promise<string> {
  return mkdtemp(join((await hasMemory()) ? memoryFolder : tmpdir(), prefix));
}

async function hasMemory(): Promise<boolean> {
  const { bavail, bsize } = await statfs(memoryFolder).catch(() => ({ bavail: 0, bsize: 0 }));
  // What the folder may grow to is no promise of the machine's, and a container may have less than that.
  return bavail * bsize > 4 * gibibyte && process.availableMemory() > 8 * gibibyte;
}
