import { type Kysely, sql } from 'kysely';
import { version } from '../../../service/version.ts';
import { readMigrationState } from '../../migrator.ts';
import type { Database } from '../../tables.ts';

/*
 * The data of an embedded database as SQL for psql: COPY into the tables of a PostgreSQL database that `migrate` of the same
 * version has made. All of it is one transaction, which first checks that the database is such a one, that nothing has run in it,
 * and that its sessions have the zone in which times without a zone are stored here.
 */

/** Their rows say how the database itself was made. */
const ownToEachDatabase: ReadonlySet<string> = new Set([
  'opsdeck_jobs.migration',
  'opsdeck_jobs.installation',
]);

/** Rows that one round trip brings; some are large. */
const rowsAtOnce = 200;

interface Table {
  readonly name: string;
  /** Without those that PostgreSQL computes. */
  readonly columns: readonly string[];
  /** A trigger keeps its rows: they cannot be removed to make room. */
  readonly standing: boolean;
}

/** What was written so far. */
export interface SqlCounts {
  tables: number;
  rows: number;
}

/** The file in pieces, on a copy that nobody writes to. */
export async function* sqlOfCopy(
  db: Kysely<Database>,
  storedZone: string,
  counts: SqlCounts,
): AsyncGenerator<string> {
  const { applied } = await readMigrationState(db);
  const tables = await readTables(db);
  const standing = tables.filter((table) => table.standing).map(({ name }) => name);
  yield header(
    storedZone,
    applied.map(({ name }) => name),
    standing,
  );
  // What migrate itself has put there: nothing has run in a database that is being moved to.
  const ours = tables.filter((table) => table.name.startsWith('opsdeck_jobs.') && !table.standing).reverse();
  yield ours.map(({ name }) => `delete from ${name};\n`).join('');
  for (const table of tables) {
    counts.tables += 1;
    yield `\ncopy ${table.name} (${table.columns.join(', ')}) from stdin;\n`;
    for await (const lines of copyLines(db, table)) {
      counts.rows += lines.length;
      yield lines.join('');
    }
    yield '\\.\n';
  }
  yield await sequenceValues(db);
  yield '\ncommit;\n';
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function header(storedZone: string, steps: readonly string[], standing: readonly string[]): string {
  const wrong = (condition: string, message: string, hint: string) =>
    `  if ${condition} then\n    raise exception ${literal(message)} using hint = ${literal(hint)};\n  end if;\n`;
  return `-- The data of an embedded database, written by opsdeck-jobs ${version}.
-- psql -X -f THIS_FILE "$DATABASE_URL", into a database that \`opsdeck-jobs migrate\` of this version has made.
\\set ON_ERROR_STOP on
begin;
set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
do $check$
begin
${wrong(
  "to_regclass('opsdeck_jobs.installation') is null",
  'this database has no tables of opsdeck-jobs',
  'Run opsdeck-jobs migrate with its DATABASE_URL.',
)}${wrong(
  `(select array_agg(name order by name) from opsdeck_jobs.migration) is distinct from array[${[...steps].sort().map(literal).join(', ')}]::text[]`,
  'this database was migrated by another version of opsdeck-jobs',
  `Migrate an empty database with opsdeck-jobs ${version}.`,
)}${wrong(
  "(select mode from opsdeck_jobs.installation) <> 'standalone'",
  'the tables of this database belong to a running OpsDeck',
  'Use an empty database.',
)}${wrong(
  ['opsdeck_jobs.job_run', 'public."user"', ...standing]
    .map((name) => `exists (select from ${name})`)
    .join(' or '),
  'this database has data',
  'Use an empty database, and start no daemon before the data are in it.',
)}${wrong(
  `replace(replace(lower(current_setting('TimeZone')), 'etc/', ''), 'gmt', 'utc') <> ${literal(storedZone.toLowerCase().replace('etc/', '').replace('gmt', 'utc'))}`,
  `times without a zone are stored in ${storedZone} here, and sessions of this role have another zone`,
  `alter role current_user set timezone = '${storedZone}'; and run this file again.`,
)}end
$check$;
`;
}

/** Referenced ones before those that reference them: a foreign key is checked at the end of each COPY. */
async function readTables(db: Kysely<Database>): Promise<readonly Table[]> {
  const { rows } = await sql<Table & { needs: string[] }>`
    select format('%I.%I', n.nspname, c.relname) as name,
           (select array_agg(quote_ident(a.attname) order by a.attnum) from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
           coalesce((select array_agg(format('%I.%I', fn.nspname, f.relname))
             from pg_catalog.pg_constraint k
             join pg_catalog.pg_class f on f.oid = k.confrelid
             join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
            where k.contype = 'f' and k.conrelid = c.oid and k.confrelid <> c.oid), '{}') as needs,
           exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = 'keep_rows') as standing
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'opsdeck_jobs')
     order by 1`.execute(db);
  const left = new Map(rows.filter(({ name }) => !ownToEachDatabase.has(name)).map((row) => [row.name, row]));
  const ordered: Table[] = [];
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ needs }) => needs.every((name) => !left.has(name)));
    if (ready.length === 0)
      throw new Error(`tables reference each other in a circle: ${[...left.keys()].join(', ')}`);
    for (const { name, columns, standing } of ready) {
      left.delete(name);
      ordered.push({ name, columns, standing });
    }
  }
  return ordered;
}

/** Rows as COPY's text format has them. */
async function* copyLines(db: Kysely<Database>, { name, columns }: Table): AsyncGenerator<readonly string[]> {
  const values = columns.map((column, index) => `${column}::text as v${index}`).join(', ');
  const connection = await db.startTransaction().execute();
  try {
    await sql`declare rows_of_table no scroll cursor for select ${sql.raw(values)} from ${sql.raw(name)}`.execute(
      connection,
    );
    for (;;) {
      const { rows } = await sql<Record<string, string | null>>`
        fetch ${sql.lit(rowsAtOnce)} from rows_of_table`.execute(connection);
      if (rows.length === 0) break;
      yield rows.map((row) => `${columns.map((_, index) => copyValue(row[`v${index}`])).join('\t')}\n`);
    }
  } finally {
    await connection.rollback().execute();
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function copyValue(value: string | null | undefined): string {
  return value === null || value === undefined
    ? '\\N'
    : value.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character);
}

/** The next numbers of the columns that count, as they would be here. */
async function sequenceValues(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ name: string; value: string }>`
    select format('%I.%I', schemaname, sequencename) as name, last_value::text as value
      from pg_catalog.pg_sequences
     where schemaname in ('public', 'opsdeck_jobs') and last_value is not null
     order by 1`.execute(db);
  return rows.map(({ name, value }) => `select setval(${literal(name)}, ${value});\n`).join('');
}
