import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';

const column = z.object({
  name: z.string(),
  /** As `format_type` writes it, with length and precision. */
  type: z.string(),
  /** The same without them, for casts that must not cut anything off. */
  base_type: z.string(),
  not_null: z.boolean(),
  has_default: z.boolean(),
  /** Computed by the database: it is neither archived nor restored. */
  generated: z.boolean(),
  max_length: z.int().nullable(),
});
export type Column = z.output<typeof column>;

const incoming = z.object({
  constraint: z.string(),
  table: z.string(),
  columns: z.array(z.string()),
  targets: z.array(z.string()),
});
/** A foreign key of another table, or of this one, that points to this table. */
export type IncomingKey = z.output<typeof incoming>;

const shape = z.object({
  table: z.string(),
  columns: z.array(column),
  key: z.array(z.string()),
  incoming: z.array(incoming),
  /** Columns with a foreign key of their own. */
  outgoing: z.array(z.string()),
});

/** A table as the database has it. */
export type TableShape = z.output<typeof shape>;

/** `public` is left out of the name. */
const tableName = sql.raw(
  `case n.nspname when 'public' then c.relname::text else n.nspname || '.' || c.relname end`,
);

/** One statement: the tables among `names` that there are, by name. */
export async function readShapes(
  db: Kysely<Database>,
  names: readonly string[],
): Promise<ReadonlyMap<string, TableShape>> {
  const { rows } = await sql<{ shape: unknown }>`
    with wanted as (
      select name, to_regclass(case when name like '%.%' then name else 'public.' || quote_ident(name) end) as oid
        from unnest(${[...names]}::text[]) as w (name)
    )
    select json_build_object(
      'table', w.name,
      'columns', (select json_agg(json_build_object(
                    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'base_type', format_type(a.atttypid, -1), 'not_null', a.attnotnull,
                    'has_default', a.atthasdef or a.attidentity <> '', 'generated', a.attgenerated <> '',
                    'max_length', case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4
                                       then a.atttypmod - 4 end) order by a.attnum)
                    from pg_attribute a where a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped),
      'key', (select coalesce(json_agg(a.attname order by k.place), '[]')
                from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
               where i.indrelid = w.oid and i.indisprimary),
      'incoming', (select coalesce(json_agg(json_build_object(
                     'constraint', f.conname, 'table', ${tableName},
                     'columns', (select json_agg(a.attname order by k.place) from unnest(f.conkey) with ordinality as k (attnum, place)
                                   join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
                     'targets', (select json_agg(a.attname order by k.place) from unnest(f.confkey) with ordinality as k (attnum, place)
                                   join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum))
                     order by n.nspname, c.relname, f.conname), '[]')
                     from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
                    where f.contype = 'f' and f.confrelid = w.oid and f.conparentid = 0),
      'outgoing', (select coalesce(json_agg(distinct a.attname), '[]')
                     from pg_constraint f cross join lateral unnest(f.conkey) as k (attnum)
                     join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
                    where f.contype = 'f' and f.conrelid = w.oid)) as shape
      from wanted w where w.oid is not null`.execute(db);
  return new Map(rows.map((row) => shape.parse(row.shape)).map((one) => [one.table, one]));
}

/** The columns that are archived and put back. */
export function storedColumns({ columns }: TableShape): readonly Column[] {
  return columns.filter(({ generated }) => !generated);
}
