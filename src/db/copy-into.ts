import type { Readable } from 'node:stream';
import type { Transaction } from 'kysely';
import { SqlDatabaseConnection } from './driver/sql-driver.ts';
import type { Database } from './tables.ts';

/** See {@link OpenDatabase.copyInto}. */
export async function copyInto(
  trx: Transaction<Database>,
  table: string,
  columns: readonly string[],
  stream: Readable,
  format: 'text' | 'csv',
): Promise<void> {
  const target = `copy ${quoteName(table)} (${columns.map(quoteName).join(', ')})`;
  await trx.getExecutor().provideConnection(async (connection) => {
    if (!(connection instanceof SqlDatabaseConnection))
      throw new TypeError('not a transaction of this database');
    await connection.copy(target, format, stream);
  });
}

/** Quotes a name, each part of `schema.table` for itself. */
function quoteName(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}
