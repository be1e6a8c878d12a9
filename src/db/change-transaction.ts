import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from './tables.ts';

/** A transaction that changes something; or only looks what it would change, with the same checks: then the database refuses every write. */
export function changeTransaction<T>(
  db: Kysely<Database>,
  dryRun: boolean,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  const transaction = dryRun ? db.transaction().setAccessMode('read only') : db.transaction();
  return transaction.execute(work);
}

/** `for update …`, but for who only looks: that needs no more than the right to read. */
export function locking(dryRun: boolean, lock: RawBuilder<unknown>): RawBuilder<unknown> {
  return dryRun ? sql`` : lock;
}
