import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const cache = fileURLToPath(new URL('../../node_modules/.cache/opsdeck-jobs/', import.meta.url));
const built = new Map<string, Promise<string>>();

/**
 * Builds `processes/NAME.ts` for Node, which cannot run TypeScript everywhere, beside the built threads, where the program
 * looks for them. Once per run of a test file.
 */
export function buildProcess(name: string): Promise<string> {
  const known = built.get(name);
  if (known !== undefined) return known;
  const file = buildNow(name);
  built.set(name, file);
  return file;
}

async function buildNow(name: string): Promise<string> {
  await mkdir(cache, { recursive: true });
  const unfinished = join(cache, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./processes/${name}.ts`, import.meta.url))],
    outfile: unfinished,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['@electric-sql/pglite', 'pg', 'pg-copy-streams', 'pino', 'undici'],
    logLevel: 'warning',
  });
  // Another run of the tests may be using the file: replaced in one step.
  const file = join(cache, `${name}.mjs`);
  await rename(unfinished, file);
  return file;
}
