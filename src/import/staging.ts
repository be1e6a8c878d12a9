import { Readable } from 'node:stream';
import { sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { StagedValue } from './csv-kind.ts';

/**
 * Rows of a file on their way into the database: a temporary table that the transaction drops at its end. Its name is
 * the same for every import; temporary tables are seen by their own session alone.
 */
const tableName = 'opsdeck_jobs_import';
export const staged = sql.table(tableName);

export interface StagedRow {
  readonly line: number;
  readonly values: readonly StagedValue[];
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One value in COPY's text format. */
function copyText(value: StagedValue): string {
  if (value === null) return '\\N';
  return typeof value === 'string'
    ? value.replace(/[\\\t\n\r]/g, (found) => escapes[found] ?? found)
    : `${value}`;
}

/** Batches, so that a row does not cost a chunk of its own. */
const batchCharacters = 64 * 1024;

async function* copyLines(rows: AsyncIterable<StagedRow> | Iterable<StagedRow>): AsyncGenerator<Buffer> {
  let batch = '';
  for await (const { line, values } of rows) {
    batch += `${[line, ...values].map(copyText).join('\t')}\n`;
    if (batch.length >= batchCharacters) {
      yield Buffer.from(batch);
      batch = '';
    }
  }
  if (batch !== '') yield Buffer.from(batch);
}

/**
 * Creates the staging table and fills it by one COPY; three statements whatever the number of rows. `line` is its key.
 *
 * @param columns name → PostgreSQL type, in the order of the values
 */
export async function stageRows(
  trx: Transaction<Database>,
  database: OpenDatabase,
  columns: Readonly<Record<string, string>>,
  rows: AsyncIterable<StagedRow> | Iterable<StagedRow>,
): Promise<void> {
  const definitions = Object.entries(columns).map(([name, type]) => sql`, ${sql.ref(name)} ${sql.raw(type)}`);
  await sql`create temporary table ${staged} (line integer primary key${sql.join(definitions, sql``)}) on commit drop`.execute(
    trx,
  );
  const stream = Readable.from(copyLines(rows), { objectMode: false });
  await database.copyInto(trx, tableName, ['line', ...Object.keys(columns)], stream, 'text');
  // A temporary table has no statistics of its own accord: without them large files are joined row by row.
  await sql`analyze ${staged}`.execute(trx);
}
