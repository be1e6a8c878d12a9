import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';

/** Columns by table; tables of OpsDeck by their plain names, ours with the schema in front. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/**
 * One statement: which of the columns are there and may be read by this role. A database of OpsDeck may lack some, and a role
 * may be allowed only some columns of a table.
 *
 * @returns whether all these columns of a table, which are among `wanted`, can be read.
 */
export async function readableColumns(
  db: Kysely<Database>,
  wanted: readonly Columns[],
): Promise<(table: string, columns: readonly string[]) => boolean> {
  const pairs = wanted.flatMap((tables) =>
    Object.entries(tables).flatMap(([name, list]) => list.map((column) => ({ name, column }))),
  );
  const { rows } = await sql<{ name: string; columns: readonly string[] }>`
    select w.name, array_agg(w."column") as columns
      from jsonb_to_recordset(${JSON.stringify(pairs)}::text::jsonb) as w(name text, "column" text)
      join pg_catalog.pg_attribute a
        on a.attrelid = to_regclass(case when starts_with(w.name, 'opsdeck_jobs.') then w.name else quote_ident(w.name) end)
       and a.attname = w."column" and a.attnum > 0 and not a.attisdropped
     where has_column_privilege(a.attrelid, a.attnum, 'select')
     group by w.name`.execute(db);
  const readable = new Map(rows.map(({ name, columns }) => [name, new Set(columns)]));
  return (table, columns) => columns.every((column) => readable.get(table)?.has(column) === true);
}
