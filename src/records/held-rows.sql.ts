import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Day } from '../time/calendar-day.ts';
import type { Dependent } from './record-kind.ts';
import { tableOf } from './record-kind.ts';

/** Rows that a legal hold protects. */
export interface HeldRows {
  readonly table: string;
  /** `retention_hold.id` of the holds. */
  readonly holds: readonly number[];
}

/**
 * Which of these rows are under a legal hold. Values are compared as the hold has them, in PostgreSQL's own text; a hold that names a column
 * which is not there any more protects its whole table.
 */
export async function heldRows(
  trx: Kysely<Database>,
  dependents: readonly Dependent[],
  id: number,
  today: Day,
): Promise<readonly HeldRows[]> {
  const tables = [...new Set(dependents.map(({ table }) => table))];
  const { rows: holds } = await sql<{ id: number; table: string; columns: string[]; values: string[] }>`
    select id::integer as id, table_name as "table", columns, "values" from opsdeck_jobs.retention_hold
     where released_at is null and (until is null or until >= ${today}::date) and table_name = any (${tables}::text[])
     order by id`.execute(trx);
  if (holds.length === 0) return [];
  // The text of a date or a time depends on the session.
  await sql`
    select set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
           set_config('timezone', 'UTC', true), set_config('extra_float_digits', '1', true),
           set_config('bytea_output', 'hex', true)`.execute(trx);
  const held: HeldRows[] = [];
  for (const table of tables) {
    const known = await columnsOf(trx, table);
    const found: number[] = [];
    for (const hold of holds.filter((one) => one.table === table)) {
      const readable = hold.columns.every((column) => known.has(column));
      const matches = readable
        ? hold.columns.map(
            (column, place) => sql`t.${sql.id(column)}::text = ${hold.values[place] ?? ''}::text`,
          )
        : [];
      const wanted = dependents.filter((one) => one.table === table).map(({ where }) => sql`(${where(id)})`);
      const { rows } = await sql<{ there: boolean }>`
        select exists (select from ${tableOf(table)} t
                        where (${sql.join(wanted, sql` or `)}) and ${sql.join([sql`true`, ...matches], sql` and `)}) as there`.execute(
        trx,
      );
      if (rows[0]?.there === true) found.push(hold.id);
    }
    if (found.length > 0) held.push({ table, holds: found });
  }
  return held;
}

async function columnsOf(trx: Kysely<Database>, table: string): Promise<ReadonlySet<string>> {
  const [schema, name] = table.includes('.') ? table.split('.') : ['public', table];
  const { rows } = await sql<{ name: string }>`
    select column_name::text as name from information_schema.columns
     where table_schema = ${schema ?? ''}::text and table_name = ${name ?? ''}::text`.execute(trx);
  return new Set(rows.map((row) => row.name));
}
