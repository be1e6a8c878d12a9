import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { z } from 'zod';
import { verifyArchives } from '../../../jobs/data-retention/records/verify-archives.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';

const manifest = z.object({
  keys: z.string(),
  place: z.union([
    z.object({ kind: z.literal('file'), folder: z.string(), name: z.string() }),
    z.object({ kind: z.literal('table') }),
  ]),
});
const row = z.tuple([z.int(), z.string(), z.array(z.string().nullable())]);

/** Every row of a table as the texts of what is stored, in JSON. */
async function tableRows(database: OpenDatabase, table: string): Promise<string[]> {
  const { rows: columns } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`.execute(
    database.db,
  );
  const texts = sql.join(columns.map(({ name }) => sql`${sql.id(name)}::text`));
  return database.db.transaction().execute(async (trx) => {
    await sql`select set_config('timezone', 'UTC', true)`.execute(trx);
    const { rows } = await sql<{ values: (string | null)[] }>`
      select array[${texts}]::text[] as "values" from ${sql.table(table)}`.execute(trx);
    return rows.map(({ values }) => JSON.stringify(values));
  });
}

async function archivedRows(database: OpenDatabase, table: string): Promise<string[]> {
  const { rows: manifests } = await sql<{ id: string; document: unknown }>`
    select id::text, document from opsdeck_jobs.archive_manifest where table_name = ${table} order by id`.execute(
    database.db,
  );
  const found: string[] = [];
  for (const { id, document } of manifests) {
    const { keys, place } = manifest.parse(document);
    const { rows: named } = await sql<{ id: string }>`
      select generate_series(lower(r), upper(r) - 1)::text as id from unnest(${keys}::text::int8multirange) as r`.execute(
      database.db,
    );
    const wanted = new Set(named.map((one) => one.id));
    const lines =
      place.kind === 'file'
        ? gunzipSync(readFileSync(join(place.folder, `${place.name}.ndjson.gz`)))
            .toString('utf8')
            .split('\n')
            .slice(1, -1)
        : (
            await sql<{ line: string }>`
              select line from opsdeck_jobs.archived_record where manifest_id = ${id}::bigint`.execute(
              database.db,
            )
          ).rows.map(({ line }) => line);
    for (const line of lines) {
      const [index, root, values] = row.parse(JSON.parse(line));
      if (index === 0 && wanted.has(root)) found.push(JSON.stringify(values));
    }
  }
  return found;
}

/** Every row of a table, wherever it is, sorted: in the table, or in an archive that a manifest names. Read without the program's own code. */
export async function everyRow(database: OpenDatabase, table: string): Promise<string[]> {
  return [...(await tableRows(database, table)), ...(await archivedRows(database, table))].sort();
}

/** The same where no row may be lost or doubled: all archives are as they were written. */
export async function nothingLost(database: OpenDatabase, table: string) {
  const { findings } = await verifyArchives(database.db, { folder: undefined, archiveDir: undefined });
  return { rows: await everyRow(database, table), findings };
}
