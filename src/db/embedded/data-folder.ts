import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** PostgreSQL's own folder inside the data folder. */
export function pgDataOf(folder: string): string {
  return join(folder, 'pgdata');
}

/** Has an embedded database been made there? */
export function hasDatabase(folder: string): boolean {
  return existsSync(pgDataOf(folder));
}
