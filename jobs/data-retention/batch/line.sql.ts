import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { storedColumns, type TableShape } from '../policy/table-shape.sql.ts';

/*
 * The text of a row: what is archived, what is compared before it is deleted, and what is put back. One JSON array a row,
 * `[table, "key of the row that it belongs to", ["value", null, …]]`, without a newline; each value is PostgreSQL's own text form
 * of it, from which its input function makes exactly the same value again. How values are written depends on a few settings of
 * the session, so every transaction that makes or reads such text sets them.
 */

/**
 * For this transaction: how values are written, and how long a statement and a lock may take (0: for ever). Compiling these
 * statements takes longer than running them.
 *
 * @param removesFor the run that removes rows: the triggers of append-only tables ask for it.
 */
export async function settleSession(
  trx: Kysely<Database>,
  limits: { readonly statementMs: number; readonly lockMs: number },
  removesFor = '',
): Promise<void> {
  await sql`
    select set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
           set_config('timezone', 'UTC', true), set_config('extra_float_digits', '1', true),
           set_config('bytea_output', 'hex', true), set_config('xmloption', 'content', true),
           set_config('jit', 'off', true), set_config('opsdeck_jobs.removes_for', ${removesFor}, true),
           set_config('statement_timeout', ${String(limits.statementMs)}, true),
           set_config('lock_timeout', ${String(limits.lockMs)}, true)`.execute(trx);
}

/** A table by its full name: the search path has no say. */
export function tableRef(name: string): RawBuilder<unknown> {
  const [schema, table] = name.includes('.') ? name.split('.') : ['public', name];
  return sql.id(schema ?? '', table ?? '');
}

/** A column of the row that goes by `alias`. */
export function columnRef(alias: string, column: string): RawBuilder<unknown> {
  return sql.id(alias, column);
}

/** The values of a row as one JSON array of texts. */
export function valuesOf(shape: TableShape, alias: string): RawBuilder<string> {
  const values = storedColumns(shape).map(({ name }) => sql`${columnRef(alias, name)}::text`);
  return sql<string>`array_to_json(array[${sql.join(values)}]::text[])::text`;
}

/** The whole line. `root`: the key of the row that it belongs to, an integer or a uuid, which need no escape in JSON. */
export function lineOf(
  place: number,
  shape: TableShape,
  alias: string,
  root: RawBuilder<unknown>,
): RawBuilder<string> {
  return sql<string>`(${sql.lit(`[${place},"`)} || ${root} || '",' || ${valuesOf(shape, alias)} || ']')`;
}
