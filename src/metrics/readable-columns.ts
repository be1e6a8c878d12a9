import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';

/** Columns by table; tables of OpsDeck by their plain names, ours with the schema in front. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/**
 * One statement: the tables of which every named column is there and may be read by this role. A database of OpsDeck may
 * lack some, and a role may be allowed only some columns of one.
 */
export async function readableTables(db: Kysely<Database>, columns: Columns): Promise<ReadonlySet<string>> {
  const wanted = Object.entries(columns).flatMap(([name, list]) => list.map((column) => ({ name, column })));
  const { rows } = await sql<{ name: string }>`
    select w.name
      from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w(name text, "column" text)
      left join pg_catalog.pg_attribute a
        on a.attrelid = to_regclass(case when starts_with(w.name, 'opsdeck_jobs.') then w.name else quote_ident(w.name) end)
       and a.attname = w."column" and a.attnum > 0 and not a.attisdropped
     group by w.name
    having bool_and(coalesce(has_column_privilege(a.attrelid, a.attnum, 'select'), false))`.execute(db);
  return new Set(rows.map(({ name }) => name));
}
