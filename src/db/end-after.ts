import type { Transaction } from 'kysely';
import { SqlDatabaseConnection } from './driver/sql-driver.ts';
import { EmbeddedConnection } from './embedded/embedded-connection.ts';
import type { Database } from './tables.ts';

/**
 * Ends what an embedded database is doing when `work` takes longer: its statement fails, the transaction rolls back, and the
 * database can be used again at once. PGlite has no `statement_timeout`; a server has, and ends the statement itself.
 */
export async function endEmbeddedAfter<T>(
  trx: Transaction<Database>,
  ms: number,
  work: () => Promise<T>,
): Promise<T> {
  const connection = await trx.getExecutor().provideConnection((taken) => Promise.resolve(taken));
  if (!(connection instanceof SqlDatabaseConnection))
    throw new TypeError('not a transaction of this database');
  const { connection: own } = connection;
  if (!(own instanceof EmbeddedConnection)) return work();
  const timer = setTimeout(() => own.discard(), ms);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
