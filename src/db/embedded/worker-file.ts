import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Where the built file of the database's thread is. In the shipped program it lies beside the program or one folder
 * above the chunk that this is part of. From TypeScript sources, which Node 20 cannot run in a thread, it is where the
 * tests build it.
 */
export function workerFile(): string {
  const here = import.meta.url;
  const candidates = here.endsWith('.ts')
    ? ['../../../node_modules/.cache/opsdeck-jobs/pglite-worker.js']
    : ['./pglite-worker.js', '../pglite-worker.js'];
  const paths = candidates.map((candidate) => fileURLToPath(new URL(candidate, here)));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`the thread of the embedded database is missing: ${paths.join(', ')}`);
  return found;
}
