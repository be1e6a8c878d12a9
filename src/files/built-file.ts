import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A file that the build makes of one source. Every source called `…-worker.ts` is a thread, and its file is named like it;
 * `index` is what a user's own jobs import; `empty-database` the files of a new embedded database. Those of a
 * migrated one have a name by its steps, see `migration-steps.ts`.
 */
export type BuiltFileName = keyof typeof fileNames;

const fileNames = {
  'pglite-worker': 'pglite-worker.js',
  'template-worker': 'template-worker.js',
  'user-job-worker': 'user-job-worker.js',
  index: 'index.js',
  'empty-database': 'empty-database.tar.br',
} as const;

/**
 * Where a built file is. In the shipped program it lies beside the program or one folder above the chunk that this is part
 * of. From TypeScript sources, which Node 20 can neither run in a thread nor import by itself, it is where the tests build it.
 */
export function builtFile(name: BuiltFileName): string {
  const file = fileNames[name];
  const found = findBuilt(file);
  if (found === undefined)
    throw new Error(`${file} of the program is missing: ${candidates(file).join(', ')}`);
  return found;
}

/** The files of a new database with the steps of this key; undefined: the program was built with others. */
export function builtDatabase(key: string): string | undefined {
  return findBuilt(`new-database-${key}.tar.br`);
}

function findBuilt(file: string): string | undefined {
  return candidates(file).find((path) => existsSync(path));
}

function candidates(file: string): readonly string[] {
  const here = import.meta.url;
  const relative = here.endsWith('.ts')
    ? [`../../node_modules/.cache/opsdeck-jobs/${file}`]
    : [`./${file}`, `../${file}`];
  return relative.map((path) => fileURLToPath(new URL(path, here)));
}
