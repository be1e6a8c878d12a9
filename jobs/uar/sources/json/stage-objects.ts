import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import { InconclusiveSource, mostColumns, type StagingTable } from '../source.ts';
import { checkColumns, makeStagingTable, refusedByDatabase, stagingColumns } from '../staging.ts';

/** PostgreSQL cuts longer names. */
const longestName = 63;

/** A list of JSON objects on its way into the staging table: `row_no bigint, item json`. */
export function itemsTable(table: StagingTable): `${StagingTable}_items` {
  return `${table}_items`;
}

export async function makeItemsTable(trx: Transaction<Database>, table: StagingTable): Promise<void> {
  await sql`create temporary table ${sql.id('pg_temp', itemsTable(table))} (row_no bigint, item json) on commit drop`.execute(
    trx,
  );
}

/**
 * Turns the items into rows; PostgreSQL reads them, so that numbers keep their digits. A column for each name of any object, in
 * the order in which they first come; what an object does not have is NULL. Of a name that is twice in one object the last counts.
 *
 * @param what begins the reasons
 * @throws InconclusiveSource
 */
export async function stageObjects(
  trx: Transaction<Database>,
  table: StagingTable,
  what: string,
): Promise<StagedObjects> {
  try {
    return await stage(trx, table, what);
  } catch (error) {
    // Half of a surrogate pair: JSON may have it, and no text column can.
    throw refusedByDatabase(error, what);
  }
}

interface StagedObjects {
  readonly columns: readonly string[];
  readonly rows: number;
}

async function stage(trx: Transaction<Database>, table: StagingTable, what: string): Promise<StagedObjects> {
  const items = sql.id('pg_temp', itemsTable(table));
  const rows = await checkItems(trx, table, what);
  const found = await sql<{ name: string }>`
    select key as name from ${items}, json_object_keys(item) with ordinality as keys (key, place)
    group by key order by min(row_no * 100000 + place) limit ${sql.lit(mostColumns + 1)}`.execute(trx);
  const columns = found.rows.map(({ name }) => name);
  checkColumns(columns, what);
  await makeStagingTable(trx, table, columns.length);
  const short = columns.filter((name) => Buffer.byteLength(name) <= longestName);
  const record =
    short.length === 0
      ? sql``
      : sql`, json_to_record(i.item) as r (${sql.join(short.map((name) => sql`${sql.id(name)} text`))})`;
  const targets = ['row_no', ...stagingColumns(columns.length)].map((name) => sql.id(name));
  const values = columns.map((name) =>
    short.includes(name) ? sql`r.${sql.id(name)}` : sql`i.item ->> ${name}`,
  );
  await sql`insert into ${sql.id('pg_temp', table)} (${sql.join(targets)})
    select ${sql.join([sql`i.row_no`, ...values])} from ${items} as i${record} order by i.row_no`.execute(
    trx,
  );
  await sql`drop table ${items}`.execute(trx);
  return { columns, rows };
}

/** How many there are. What would fail, or be wrong, further on is refused, with the number of the item. */
async function checkItems(trx: Transaction<Database>, table: StagingTable, what: string): Promise<number> {
  const nul = String.raw`(^|[^\\])(\\\\)*\\u0000`;
  const { rows } = await sql<{
    count: string;
    other: string | null;
    kind: string | null;
    nul: string | null;
  }>`
    select count(*) as count, min(row_no) filter (where json_typeof(item) <> 'object') as other,
      min(json_typeof(item)) filter (where json_typeof(item) <> 'object') as kind,
      min(row_no) filter (where strpos(item::text, ${String.raw`\u0000`}) > 0 and item::text ~ ${nul}) as nul
    from ${sql.id('pg_temp', itemsTable(table))}`.execute(trx);
  const [found] = rows;
  if (found?.nul != null)
    throw new InconclusiveSource(
      `${what}, item ${found.nul}: there is a NUL (\\u0000), which no text column can hold.`,
    );
  if (found?.other != null)
    throw new InconclusiveSource(`${what}, item ${found.other}: it is a ${found.kind}, not an object.`);
  return Number(found?.count ?? 0);
}
