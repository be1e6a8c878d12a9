import { Readable } from 'node:stream';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import { columnRef, tableRef, valuesOf } from '../batch/line.sql.ts';
import type { TableShape } from '../policy/table-shape.sql.ts';
import { archivedLines } from '../records/archived-lines.ts';
import type { ManifestDocument } from '../records/manifest.sql.ts';
import { copyRows, rowFilter } from './archived-rows.ts';
import { refused } from './restorable.ts';
import type { RestoredRows, RestoreScope } from './scope.ts';
import { moveSequence } from './sequence.sql.ts';

interface TableOfArchive {
  readonly place: number;
  readonly shape: TableShape;
  readonly table: ManifestDocument['tables'][number];
}

export async function restoreTable(
  database: Pick<OpenDatabase, 'copyInto'>,
  trx: Transaction<Database>,
  document: ManifestDocument,
  { place, shape, table }: TableOfArchive,
  scope: RestoreScope,
): Promise<RestoredRows> {
  const columns = table.columns.map(({ name }) => name);
  const names = sql.join(columns.map((name) => sql.id(name)));
  if (document.place?.kind === 'file' && (await isFree(trx, document, place, scope)))
    return copyStraight(database, trx, document, table, scope);
  const stage = `retention_stage_${place}`;
  await fillStage(database, trx, document, { stage, place, table, columns }, scope);
  const on = sql.join(
    table.key.map((name) => sql`${columnRef('t', name)} = ${columnRef('s', name)}`),
    sql` and `,
  );
  const same = { ...shape, columns: shape.columns.filter(({ name }) => columns.includes(name)) };
  const already = await countThere(trx, document.archive, { stage, table, shape: same, on });
  const { numAffectedRows } = await sql`
    insert into ${tableRef(table.name)} (${names}) overriding system value
    select ${names} from ${sql.id(stage)} s
     where not exists (select from ${tableRef(table.name)} t where ${on})
     order by ${sql.join(table.key.map((name) => columnRef('s', name)))}`.execute(trx);
  if (!scope.dryRun) await moveKeys(trx, stage, table);
  const keys = place === 0 ? await readKeys(trx, stage, document, table) : null;
  return { table: table.name, restored: Number(numAffectedRows ?? 0n), already, keys };
}

interface Stage {
  /** The temporary table. */
  readonly stage: string;
  readonly table: ManifestDocument['tables'][number];
}

/** Without constraints: what is checked is checked by the table itself. */
async function fillStage(
  database: Pick<OpenDatabase, 'copyInto'>,
  trx: Transaction<Database>,
  document: ManifestDocument,
  { stage, place, table, columns }: Stage & { readonly place: number; readonly columns: readonly string[] },
  scope: RestoreScope,
): Promise<void> {
  await sql`create temporary table ${sql.id(stage)} on commit drop as
    select ${sql.join(columns.map((name) => sql.id(name)))} from ${tableRef(table.name)} limit 0`.execute(
    trx,
  );
  let sha256: string | undefined;
  const lines = archivedLines(trx, document, scope.folder, (digest) => {
    sha256 = digest.sha256;
  });
  const rows = copyRows(document, lines, place, rowFilter(document.archive, table, scope.where));
  if (document.place?.kind === 'table') {
    // One connection cannot read while a COPY is under way on it; a batch fits into memory.
    const all: string[] = [];
    for await (const some of rows) all.push(some);
    await database.copyInto(trx, stage, columns, Readable.from(all), 'text');
  } else {
    await database.copyInto(trx, stage, columns, Readable.from(rows), 'text');
  }
  requireRead(document, sha256);
}

/** Rows that are in the table already. @throws OperatorError when one has other values there. */
async function countThere(
  trx: Transaction<Database>,
  archive: number,
  { stage, table, shape, on }: Stage & { readonly shape: TableShape; readonly on: RawBuilder<unknown> },
): Promise<number> {
  const { rows } = await sql<{ already: number; other: string | null }>`
    select count(*)::int as already,
           min(case when ${valuesOf(shape, 't')} <> ${valuesOf(shape, 's')}
               then ${sql.join(
                 table.key.map((name) => sql`${columnRef('s', name)}::text`),
                 sql` || '/' || `,
               )} end) as other
      from ${sql.id(stage)} s join ${tableRef(table.name)} t on ${on}`.execute(trx);
  const { already = 0, other = null } = rows[0] ?? {};
  if (other !== null)
    throw refused(
      archive,
      `${table.name} has the row ${other} with other values`,
      'Look at that row; restore the others with --where.',
    );
  return already;
}

/** What was read is what was looked at before: the file may have been exchanged in between. */
function requireRead({ archive, place }: ManifestDocument, sha256: string | undefined): void {
  if (sha256 !== place?.sha256)
    throw refused(archive, 'it changed while it was read', 'Look with `verify archives`.');
}

/** No row is there between the first and the last key of the archive: nothing can be there already, or with other values. */
async function isFree(
  trx: Transaction<Database>,
  { keys, key_range: range, tables }: ManifestDocument,
  place: number,
  { where }: RestoreScope,
): Promise<boolean> {
  const [table] = tables;
  const key = table?.key[0];
  if (place !== 0 || where.length > 0 || table === undefined || key === undefined || typeof keys !== 'string')
    return false;
  const { rows } = await sql`select from ${tableRef(table.name)} t
    where ${columnRef('t', key)} between ${range.first}::bigint and ${range.last}::bigint limit 1`.execute(
    trx,
  );
  return rows.length === 0;
}

/** Without the temporary table: twice as fast. */
async function copyStraight(
  database: Pick<OpenDatabase, 'copyInto'>,
  trx: Transaction<Database>,
  document: ManifestDocument,
  table: ManifestDocument['tables'][number],
  scope: RestoreScope,
): Promise<RestoredRows> {
  let digest = '';
  let restored = 0;
  const lines = archivedLines(trx, document, scope.folder, ({ sha256 }) => {
    digest = sha256;
  });
  const rows = copyRows(document, lines, 0, () => {
    restored += 1;
    return true;
  });
  const name = table.name.includes('.') ? table.name : `public.${table.name}`;
  const columns = table.columns.map((column) => column.name);
  await database.copyInto(trx, name, columns, Readable.from(rows), 'text');
  requireRead(document, digest);
  if (!scope.dryRun)
    await moveSequence(trx, name, table.key[0] ?? '', sql`${document.key_range.last}::text::bigint`);
  return { table: table.name, restored, already: 0, keys: JSON.stringify(document.keys) };
}

/** The sequence of the table gives out no key of what is in the temporary table again. */
async function moveKeys(
  trx: Transaction<Database>,
  stage: string,
  { name, key, columns }: ManifestDocument['tables'][number],
): Promise<void> {
  const [column = ''] = key;
  const type = columns.find((one) => one.name === column)?.type ?? '';
  if (key.length !== 1 || !['smallint', 'integer', 'bigint'].includes(type)) return;
  const highest = sql`(select max(${columnRef('s', column)}) from ${sql.id(stage)} s)::bigint`;
  await moveSequence(trx, name.includes('.') ? name : `public.${name}`, column, highest);
}

/** The keys of what is in the temporary table. */
async function readKeys(
  trx: Transaction<Database>,
  stage: string,
  document: ManifestDocument,
  { key: [column = ''] }: ManifestDocument['tables'][number],
): Promise<string | null> {
  const key = columnRef('s', column);
  if (typeof document.keys !== 'string') {
    const { rows } = await sql<{
      keys: string | null;
    }>`select json_agg(${key}::text)::text as keys from ${sql.id(stage)} s`.execute(trx);
    return rows[0]?.keys ?? null;
  }
  const { rows } = await sql<{ keys: string | null }>`
    select to_json(range_agg(int8range(${key}::bigint, ${key}::bigint, '[]'))::text)::text as keys
      from ${sql.id(stage)} s`.execute(trx);
  return rows[0]?.keys ?? null;
}
