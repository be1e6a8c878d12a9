import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** PostgreSQL's own folder inside the data folder. */
export function pgDataOf(folder: string): string {
  return join(folder, 'pgdata');
}

/** Where the database is while a restored one takes its place. */
export function replacedOf(folder: string): string {
  return join(folder, 'pgdata.replaced');
}

/** Copies of the database, made for a backup or from one. */
const copyName = /^backup-[\da-f-]{36}$/;

/**
 * Ends what a killed backup or restore left half done; for the owner of the folder. The old database comes back, unless the
 * restored one is in its place.
 */
export async function settleCopies(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (copyName.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  if (!existsSync(replacedOf(folder))) return;
  if (hasDatabase(folder)) await rm(replacedOf(folder), { recursive: true });
  else await rename(replacedOf(folder), pgDataOf(folder));
}

/** Has an embedded database been made there? */
export function hasDatabase(folder: string): boolean {
  return existsSync(pgDataOf(folder));
}
