import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { readArchiveName } from '../archive/archive-name.ts';

/**
 * Files with the name of an archive that no manifest names. Those of runs that were interrupted are `leftovers`, which the next run
 * removes; of other runs of this database they are `unnamed`. Those of runs that it does not know are `foreign`: written after the dump
 * that this database was restored from, or by another database.
 *
 * @param folders the archives that manifests name, by folder.
 */
export async function filesWithoutManifest(
  db: Kysely<Database>,
  folders: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<{
  readonly unnamed: readonly string[];
  readonly foreign: readonly string[];
  readonly leftovers: number;
}> {
  const strays: { readonly path: string; readonly runId: string }[] = [];
  for (const [folder, named] of folders) {
    // A folder that is gone shows in the archives that were in it.
    for (const file of await readdir(folder).catch(() => [])) {
      const archive = readArchiveName(file);
      if (archive === undefined || (named.has(archive.name) && !file.startsWith('.'))) continue;
      strays.push({ path: join(folder, file), runId: archive.runId });
    }
  }
  if (strays.length === 0) return { unnamed: [], foreign: [], leftovers: 0 };
  const { rows } = await sql<{ run_id: string; clean: boolean }>`
    select run_id, cleaned_at is not null as clean from opsdeck_jobs.retention_run
     where run_id = any (${[...new Set(strays.map(({ runId }) => runId))]}::uuid[])`.execute(db);
  const clean = new Map(rows.map((row) => [row.run_id, row.clean]));
  return {
    unnamed: strays.filter(({ runId }) => clean.get(runId) === true).map(({ path }) => path),
    foreign: strays
      .filter(({ runId }) => !clean.has(runId))
      .map(({ path }) => path)
      .toSorted(),
    leftovers: strays.filter(({ runId }) => clean.get(runId) === false).length,
  };
}
