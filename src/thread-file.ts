import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Every file of the sources called `…-worker.ts` is a thread: the build and the setup of the tests make one file of each, named like it. */
export type ThreadName = 'pglite-worker' | 'template-worker';

/**
 * Where the built file of a thread is. In the shipped program it lies beside the program or one folder above the chunk
 * that this is part of. From TypeScript sources, which Node 20 cannot run in a thread, it is where the tests build it.
 */
export function threadFile(name: ThreadName): string {
  const here = import.meta.url;
  const candidates = here.endsWith('.ts')
    ? [`../node_modules/.cache/opsdeck-jobs/${name}.js`]
    : [`./${name}.js`, `../${name}.js`];
  const paths = candidates.map((candidate) => fileURLToPath(new URL(candidate, here)));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`the thread ${name} is missing: ${paths.join(', ')}`);
  return found;
}
