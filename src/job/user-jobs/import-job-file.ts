import { pathToFileURL } from 'node:url';
import type { JobFile } from './job-file.ts';
import { resolvePackageToProgram } from './package-entry.ts';

/** What the file exports as its default: a job, a list of them, or something else. Throws what the file throws. */
export async function importJobFile({ path, changed }: JobFile): Promise<unknown> {
  resolvePackageToProgram();
  const url = pathToFileURL(path);
  // Node keeps what it imported, also a failure: a file that has been mended meanwhile is another module.
  url.searchParams.set('changed', String(changed));
  const module: unknown = await import(url.href);
  return typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined;
}
