import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/tables.ts';

/** A table with columns that may hold an address. */
export interface TextTable {
  /** With its schema. */
  readonly name: string;
  readonly columns: readonly TextColumn[];
}

interface TextColumn {
  readonly name: string;
  readonly type: 'text' | 'json' | 'jsonb' | 'text[]';
  readonly required: boolean;
}

export interface TableCount {
  readonly table: string;
  readonly rows: number;
}

/** Every table of a schema that this role may read, with its columns of text and JSON. */
export async function readTextTables(
  db: Kysely<Database>,
  schema: 'opsdeck_jobs' | 'public',
): Promise<readonly TextTable[]> {
  const { rows } = await sql<{ name: string; columns: readonly TextColumn[] }>`
    select ${schema}::text || '.' || c.relname as name,
           json_agg(json_build_object('name', a.attname, 'required', a.attnotnull, 'type',
             case t.typname when 'json' then 'json' when 'jsonb' then 'jsonb' when '_text' then 'text[]' else 'text' end)
             order by a.attnum) as columns
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      join pg_type t on t.oid = a.atttypid and t.typname in ('text', 'varchar', 'bpchar', 'json', 'jsonb', '_text')
     where c.relkind = 'r' and c.relnamespace = to_regnamespace(${schema}::text)
       and has_column_privilege(c.oid, a.attnum, 'SELECT')
     group by c.relname order by c.relname`.execute(db);
  return rows;
}

/** The address as a whole, in any letter case: `ana@b.org` is neither in `hanna@b.org` nor in `ana@b.organic` or `ana@b.org.uk`. */
export function addressPattern(address: string): string {
  const literal = address.replaceAll(/[^\w@]/g, (character) => `\\${character}`);
  return `(?<![[:alnum:]._%+-])${literal}(?![[:alnum:]_-]|\\.[[:alnum:]])`;
}

const ref = (name: string) => sql.ref(`t.${name}`);

/** Any of the columns of the row `t` has it. */
export function hasAddress(columns: readonly string[], pattern: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join(
    columns.map((name) => sql`coalesce(${ref(name)}::text ~* ${pattern}::text, false)`),
    sql` or `,
  )})`;
}

/** One statement: the rows that have the address, of those tables where there are any. */
export async function countRows(
  db: Kysely<Database>,
  tables: readonly TextTable[],
  pattern: string,
): Promise<readonly TableCount[]> {
  if (tables.length === 0) return [];
  const counts = tables.map(
    ({ name, columns }) =>
      sql`select ${name}::text as "table", count(*)::int as rows from ${sql.table(name)} t where ${hasAddress(
        columns.map((column) => column.name),
        pattern,
      )}`,
  );
  const { rows } = await sql<TableCount>`
    select * from (${sql.join(counts, sql` union all `)}) c where rows > 0 order by "table"`.execute(db);
  return rows;
}

/** The address is replaced wherever it stands; the rest of the row stays. */
export async function replaceAddress(
  trx: Kysely<Database>,
  { name, columns }: TextTable,
  pattern: string,
  by: string,
): Promise<number> {
  const values = columns.map(
    (column) =>
      sql`${sql.id(column.name)} = regexp_replace(${ref(column.name)}::text, ${pattern}::text, ${by}::text, 'gi')::${sql.raw(column.type)}`,
  );
  const { rows } = await sql<{ rows: number }>`
    with done as (update ${sql.table(name)} t set ${sql.join(values)}
                   where ${hasAddress(
                     columns.map((column) => column.name),
                     pattern,
                   )} returning 1)
    select count(*)::int as rows from done`.execute(trx);
  return rows[0]?.rows ?? 0;
}
