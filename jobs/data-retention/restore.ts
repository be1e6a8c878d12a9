import { Readable } from 'node:stream';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { statementFault } from '../../src/db/errors.ts';
import type { OpenDatabase } from '../../src/db/open-database.ts';
import type { Database } from '../../src/db/tables.ts';
import { OperatorError } from '../../src/errors.ts';
import { ExitCode } from '../../src/exit-code.ts';
import { type ArchivedRow, archivedLines, namedRows } from './archived-lines.ts';
import { columnRef, settleSession, tableRef, valuesOf } from './line.sql.ts';
import type { ManifestDocument, StoredManifest } from './manifest.sql.ts';
import { readShapes, type TableShape } from './table-shape.sql.ts';

/*
 * Puts archived rows back, exactly: the text of each value is read by the input function of its column's type. One transaction an
 * archive: its rows go into a temporary table first, and from there, those that are not there yet, into their own. A row that is
 * there with the same values is there already; one with other values is a conflict, and nothing of that archive is restored.
 */

export interface RestoreScope {
  /** Only this table of the archive. */
  readonly table: string | undefined;
  /** Only rows whose columns have these values, as PostgreSQL writes them. */
  readonly where: readonly { readonly column: string; readonly value: string }[];
  /** Where the files are, when they are no longer where they were written. */
  readonly folder: string | undefined;
  readonly dryRun: boolean;
  readonly actor: string;
}

/** What became of the rows of one table. */
export interface RestoredTable {
  readonly table: string;
  readonly restored: number;
  readonly already: number;
}

/** With the keys that are in the table now, as JSON; null: none, or the table is not the policy's own. */
interface RestoredRows extends RestoredTable {
  readonly keys: string | null;
}

function refused(archive: number, message: string, next: string): OperatorError {
  return new OperatorError({
    code: 'restore_refused',
    message: `Archive ${archive} was not restored: ${message}.`,
    next,
    exitCode: ExitCode.failed,
  });
}

/** The manifest as something to restore from; refuses one that was changed, and one that kept nothing. */
export function restorable({ id, document, intact }: StoredManifest): ManifestDocument {
  if (document === null || !intact)
    throw refused(id, 'its manifest is not what was written', 'Look with `verify archives`.');
  if (document.place === null)
    throw refused(id, `its policy kept nothing (${document.action})`, 'There is nothing to restore from.');
  if (document.action === 'archive_only')
    throw refused(
      id,
      'its rows were copied and never deleted',
      'They are in their table, unless somebody else deleted them there.',
    );
  return document;
}

/**
 * @throws OperatorError `restore_refused`, exit 1, when the table no longer fits (naming the column), when a row is there with other
 * values, and when the archive is not what was written. Nothing of the archive is restored then.
 */
export async function restoreArchive(
  database: Pick<OpenDatabase, 'db' | 'copyInto'>,
  document: ManifestDocument,
  scope: RestoreScope,
): Promise<readonly RestoredTable[]> {
  class Rehearsed extends Error {}
  const tables: RestoredRows[] = [];
  try {
    await database.db.transaction().execute(async (trx) => {
      await settleSession(trx, { statementMs: 0, lockMs: 30_000 });
      // A batch is looked up in its table by the primary key, however large the table is by now.
      await sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`.execute(
        trx,
      );
      const wanted = document.tables.filter(({ name }) => scope.table === undefined || name === scope.table);
      const shapes = await readShapes(
        trx,
        wanted.map(({ name }) => name),
      );
      for (const table of wanted) {
        const place = document.tables.indexOf(table);
        const shape = checkShape(document.archive, table, shapes.get(table.name));
        tables.push(await restoreTable(database, trx, document, { place, shape, table }, scope));
      }
      if (scope.dryRun) throw new Rehearsed();
      await record(trx, document, scope, tables);
    });
  } catch (error) {
    // A foreign key whose row is gone, a unique value that somebody else has by now.
    if (statementFault(error)?.startsWith('23') === true && error instanceof Error)
      throw refused(
        document.archive,
        error.message,
        'Settle that first; restore the other rows with --where.',
      );
    if (!(error instanceof Rehearsed)) throw error;
  }
  return tables.map(({ keys: _, ...table }) => table);
}

/** Does the table still have every column of the archive, of the same type, and none that must have a value and has no default? */
function checkShape(
  archive: number,
  table: ManifestDocument['tables'][number],
  shape: TableShape | undefined,
): TableShape {
  const next =
    'Bring the table into the form that it had, or restore into a copy of the database that has it.';
  if (shape === undefined) throw refused(archive, `there is no table ${table.name} any more`, next);
  for (const { name, type } of table.columns) {
    const now = shape.columns.find((column) => column.name === name);
    if (now === undefined || now.generated)
      throw refused(archive, `the column ${table.name}.${name} is not there any more`, next);
    if (now.type !== type)
      throw refused(archive, `the column ${table.name}.${name} was ${type} and is ${now.type} now`, next);
  }
  const archived = table.columns.map(({ name }) => name);
  const lacking = shape.columns.find(
    (column) =>
      !archived.includes(column.name) && column.not_null && !column.has_default && !column.generated,
  );
  if (lacking !== undefined)
    throw refused(
      archive,
      `the column ${table.name}.${lacking.name} has come since, must not be empty and has no default`,
      'Give the column a default, and restore again.',
    );
  return shape;
}

interface TableOfArchive {
  readonly place: number;
  readonly shape: TableShape;
  readonly table: ManifestDocument['tables'][number];
}

async function restoreTable(
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
  // Without constraints: what is checked is checked by the table itself.
  await sql`create temporary table ${sql.id(stage)} on commit drop as
    select ${names} from ${tableRef(table.name)} limit 0`.execute(trx);
  let sha256: string | undefined;
  const lines = archivedLines(trx, document, scope.folder, (digest) => {
    sha256 = digest.sha256;
  });
  const keep = rowFilter(document.archive, table, scope.where);
  const rows = copyRows(document, lines, place, keep);
  if (document.place?.kind === 'table') {
    // One connection cannot read while a COPY is under way on it; a batch fits into memory.
    const all: string[] = [];
    for await (const some of rows) all.push(some);
    await database.copyInto(trx, stage, columns, Readable.from(all), 'text');
  } else {
    await database.copyInto(trx, stage, columns, Readable.from(rows), 'text');
    if (sha256 !== (document.place?.kind === 'file' ? document.place.sha256 : undefined))
      throw refused(document.archive, 'its file is not what was written', 'Look with `verify archives`.');
  }
  const on = sql.join(
    table.key.map((name) => sql`${columnRef('t', name)} = ${columnRef('s', name)}`),
    sql` and `,
  );
  const same = { ...shape, columns: shape.columns.filter(({ name }) => columns.includes(name)) };
  const { rows: there } = await sql<{ already: number; other: string | null }>`
    select count(*)::int as already,
           min(case when ${valuesOf(same, 't')} <> ${valuesOf(same, 's')}
               then ${sql.join(
                 table.key.map((name) => sql`${columnRef('s', name)}::text`),
                 sql` || '/' || `,
               )} end) as other
      from ${sql.id(stage)} s join ${tableRef(table.name)} t on ${on}`.execute(trx);
  const { already = 0, other = null } = there[0] ?? {};
  if (other !== null)
    throw refused(
      document.archive,
      `${table.name} has the row ${other} with other values`,
      'Look at that row; restore the others with --where.',
    );
  const { numAffectedRows } = await sql`
    insert into ${tableRef(table.name)} (${names}) overriding system value
    select ${names} from ${sql.id(stage)} s
     where not exists (select from ${tableRef(table.name)} t where ${on})
     order by ${sql.join(table.key.map((name) => columnRef('s', name)))}`.execute(trx);
  const keys = place === 0 ? await finishKeys(trx, stage, document, table) : null;
  return { table: table.name, restored: Number(numAffectedRows ?? 0n), already, keys };
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
  if (document.place?.kind !== 'file' || digest !== document.place.sha256)
    throw refused(document.archive, 'its file is not what was written', 'Look with `verify archives`.');
  await moveSequence(trx, name, table.key[0] ?? '', sql`${document.key_range.last}::text::bigint`);
  return { table: table.name, restored, already: 0, keys: JSON.stringify(document.keys) };
}

/** A sequence gives out no key up to this one again. */
async function moveSequence(
  trx: Transaction<Database>,
  name: string,
  column: string,
  highest: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    select setval(q.sequence::regclass, q.highest)
      from (select pg_get_serial_sequence(${name}, ${column}) as sequence, ${highest} as highest) q
     where q.sequence is not null
       and q.highest > (select coalesce(max(p.last_value), 0) from pg_sequences p
                         where quote_ident(p.schemaname) || '.' || quote_ident(p.sequencename) = q.sequence)`.execute(
    trx,
  );
}

/** The keys of what is in the temporary table; and a sequence that gives out no key of theirs again. */
async function finishKeys(
  trx: Transaction<Database>,
  stage: string,
  document: ManifestDocument,
  { name, key: [column = ''] }: ManifestDocument['tables'][number],
): Promise<string | null> {
  const key = columnRef('s', column);
  if (typeof document.keys !== 'string') {
    const { rows } = await sql<{
      keys: string | null;
    }>`select json_agg(${key}::text)::text as keys from ${sql.id(stage)} s`.execute(trx);
    return rows[0]?.keys ?? null;
  }
  const highest = sql`(select max(${key}) from ${sql.id(stage)} s)::bigint`;
  await moveSequence(trx, name.includes('.') ? name : `public.${name}`, column, highest);
  const { rows } = await sql<{ keys: string | null }>`
    select to_json(range_agg(int8range(${key}::bigint, ${key}::bigint, '[]'))::text)::text as keys
      from ${sql.id(stage)} s`.execute(trx);
  return rows[0]?.keys ?? null;
}

/** Rows of one table as COPY's text format. */
async function* copyRows(
  document: ManifestDocument,
  lines: AsyncIterable<readonly string[]>,
  place: number,
  keep: (row: ArchivedRow) => boolean,
): AsyncGenerator<string> {
  for await (const some of namedRows(document, lines)) {
    const text = some
      .filter((row) => row.place === place && keep(row))
      .map(({ values }) => `${values.map(copyValue).join('\t')}\n`);
    if (text.length > 0) yield text.join('');
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyValue(value: string | null): string {
  if (value === null) return '\\N';
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (one) => escapes[one] ?? one) : value;
}

function rowFilter(
  archive: number,
  table: ManifestDocument['tables'][number],
  where: RestoreScope['where'],
): (row: ArchivedRow) => boolean {
  const wanted = where.map(({ column, value }) => {
    const index = table.columns.findIndex(({ name }) => name === column);
    if (index < 0)
      throw refused(
        archive,
        `${table.name} has no column ${column} in it`,
        `Its columns are: ${table.columns.map(({ name }) => name).join(', ')}. With several tables give --table.`,
      );
    return { index, value };
  });
  return ({ values }) => wanted.every(({ index, value }) => values[index] === value);
}

async function record(
  trx: Transaction<Database>,
  document: ManifestDocument,
  { actor, table, where }: RestoreScope,
  tables: readonly RestoredRows[],
): Promise<void> {
  const keys = tables.find((one) => one.keys !== null)?.keys ?? null;
  // Also of rows that were there already: they may have come from another archive that names them, and that is no finding now.
  if (keys !== null)
    await sql`insert into opsdeck_jobs.archive_restore (manifest_id, keys, actor)
      select ${document.archive}::bigint, ${keys}::json, ${actor}
       where not exists (select from opsdeck_jobs.archive_restore r
                          where r.manifest_id = ${document.archive}::bigint and r.keys::text = ${keys})`.execute(
      trx,
    );
  if (tables.every((one) => one.restored === 0)) return;
  const restored = tables.map(({ keys: _, ...one }) => one);
  await sql`
    insert into opsdeck_jobs.action_log (actor, action, subject, after)
    values (${actor}, 'retention_restored', ${`archive:${document.archive}`},
            ${JSON.stringify({ table: table ?? null, where, tables: restored })}::jsonb)`.execute(trx);
}
