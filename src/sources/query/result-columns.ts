import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { InconclusiveSource, type StagingTable } from '../source.ts';
import { becomeRole, restoreSession, type SessionBefore } from './query-role.ts';

/** How a value becomes text. `json`: it is JSON already; `structure`: lists and rows, which become JSON. */
export interface ResultColumn {
  readonly name: string;
  readonly shape: 'scalar' | 'json' | 'structure';
}

/**
 * What the query would give, without running it: CREATE TABLE … WITH NO DATA only analyses it. As the role, so that it learns
 * nothing of tables that it may not use. The parameter, which says nothing, makes the server take the text as one statement: it could
 * not end this one and begin another even if the guard misread it.
 */
export async function resultColumns(
  trx: Transaction<Database>,
  table: StagingTable,
  query: string,
  role: string | null,
  before: SessionBefore,
): Promise<ResultColumn[]> {
  const shape = `${table}_shape`;
  if (role !== null) await becomeRole(trx, role);
  await sql`create temporary table ${sql.id('pg_temp', shape)} on commit drop as select * from (\n${sql.raw(query)}\n) as q where ${''}::text is not null with no data`.execute(
    trx,
  );
  await restoreSession(trx, before);
  const { rows } = await sql<{ name: string; type: string; category: string }>`
    select a.attname as name, t.typname as type, t.typtype::text || t.typcategory::text as category
    from pg_catalog.pg_attribute as a join pg_catalog.pg_type as t on t.oid = a.atttypid
    where a.attrelid = ${`pg_temp.${shape}`}::regclass and a.attnum > 0
    order by a.attnum`.execute(trx);
  return rows.map(({ name, type, category }) => {
    if (name === '?column?')
      throw new InconclusiveSource('The query has a column without a name; give it one with AS.');
    const structure = category.startsWith('c') || category.endsWith('A') || category.endsWith('P');
    return { name, shape: type === 'json' || type === 'jsonb' ? 'json' : structure ? 'structure' : 'scalar' };
  });
}

/** The text of a column of `q`. */
export function textOf({ name, shape }: ResultColumn): RawBuilder<string> {
  const column = sql.id('q', name);
  return shape === 'structure' ? sql`to_json(${column})::text` : sql`${column}::text`;
}

/** A column of JSON, or of text that is some, in which an object has a name like a secret's; undefined: there is none. */
export async function secretsInJson(
  trx: Transaction<Database>,
  table: StagingTable,
  columns: readonly ResultColumn[],
): Promise<string | undefined> {
  const named = String.raw`"[^"]*(password|passwd|secret|token|api_?key|license_?key|webhook|hash)[^"]*"\s*:`;
  const tests = columns.map((_, index) => {
    const cell = sql.id(`c${index + 1}`);
    return sql`bool_or(${cell} ~ '^\\s*[[{]' and ${cell} ~* ${named})`;
  });
  const { rows } = await sql<{
    found: (boolean | null)[];
  }>`select array[${sql.join(tests)}] as found from ${sql.id('pg_temp', table)}`.execute(trx);
  return columns.find((_, index) => rows[0]?.found[index] === true)?.name;
}
