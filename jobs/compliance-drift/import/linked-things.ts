import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { quoted } from '../../../src/import/cells.ts';
import type { ProblemRow } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';
import { count } from '../../../src/text/count.ts';

/** OpsDeck's class that staged rows name, and its table here: `Policy`, `BCDRPlan`. */
interface LinkedKind {
  readonly type: string;
  readonly rows: number;
  /** Null: this database has none, or this role may not read it. */
  readonly table: string | null;
  /** The columns by which a thing is named. */
  readonly names: readonly string[];
}

/** OpsDeck names a table for its class, some in the plural: `BCDRPlan` → bcdr_plan, `Certificate` → certificates. */
async function readKinds(trx: Transaction<Database>): Promise<readonly LinkedKind[]> {
  const { rows } = await sql<LinkedKind>`
    with kind as (
      select linkable_type as type, count(*)::int as rows,
             lower(regexp_replace(regexp_replace(linkable_type, '([A-Z]+)([A-Z][a-z])', '\\1_\\2', 'g'),
                                  '([a-z0-9])([A-Z])', '\\1_\\2', 'g')) as singular
        from ${staged} group by linkable_type
    )
    select k.type, k.rows, t.name as "table",
           coalesce((select json_agg(a.attname order by a.attname) from pg_attribute a
                      where a.attrelid = t.oid and a.attname in ('name', 'title', 'email')), '[]') as names
      from kind k
      left join lateral (
        select c.oid, c.relname::text as name
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname in (k.singular, k.singular || 's')
           and has_table_privilege(c.oid, 'select')
           and exists (select from pg_attribute a
                        where a.attrelid = c.oid and a.attname = 'id' and a.atttypid = 'integer'::regtype)
         order by c.relname limit 1) t on true
     order by k.type`.execute(trx);
  return rows;
}

/** `line, id` of the things that staged rows mean, by number or by name; one that is not in this database is taken by its number. */
function meant(kinds: readonly LinkedKind[]): RawBuilder<unknown> {
  const parts = kinds.flatMap(({ type, table, names }) => {
    if (table === null)
      return sql`
        select line, linkable_id::integer as id from ${staged}
         where linkable_type = ${type}::text and linkable_id ~ '^[1-9][0-9]{0,8}$'`;
    const of = sql`${staged} s join public.${sql.id(table)} t on s.linkable_type = ${type}::text`;
    return [
      sql`select s.line, t.id from ${of} and t.id::text = s.linkable_id`,
      ...names.map(
        (name) =>
          sql`select s.line, t.id from ${of} and lower(t.${sql.id(name)}) = lower(s.linkable_id) and s.linkable_id !~ '^[0-9]+$'`,
      ),
    ];
  });
  return parts.length === 0
    ? sql`select null::integer as line, null::integer as id where false`
    : sql.join(parts, sql` union `);
}

/**
 * Gives each staged row the number of what it links to (`linked_id`), and returns the query of the rows whose thing is
 * not exactly one.
 */
export async function resolveLinked(trx: Transaction<Database>): Promise<RawBuilder<unknown>> {
  const things = meant(await readKinds(trx));
  await sql`
    update ${staged} set linked_id = m.id
      from (select line, min(id) as id from (${things}) t group by line having count(*) = 1) m
     where m.line = ${staged}.line`.execute(trx);
  return sql`
    select s.line, 'linked' as problem, s.linkable_type || ' ' || s.linkable_id as subject, count(m.id)::text as detail
      from ${staged} s left join (${things}) m on m.line = s.line
     where s.linked_id is null
     group by s.line, s.linkable_type, s.linkable_id`;
}

/** The sentence for a row of {@link resolveLinked}. */
export function linkedSentence({ subject, detail }: ProblemRow): string {
  return detail === '0'
    ? `there is no ${quoted(subject)} in this database`
    : `${detail} things are meant by ${quoted(subject)}: write the number of one`;
}

/** What the numbers name is not in this database: nobody could look whether it exists. */
export async function uncheckedKinds(trx: Transaction<Database>): Promise<readonly string[]> {
  const kinds = await readKinds(trx);
  return kinds.flatMap(({ type, rows, table }) =>
    table === null
      ? [
          `This database has no table of ${quoted(type)} that this role may read: ${count(rows, 'link')} to it ${rows === 1 ? 'was' : 'were'} not checked.`,
        ]
      : [],
  );
}
