import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

/** Changes what triggers protect, as the owner of a database can: as a replica, for which neither they nor foreign keys count. */
export function asOwner<T>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await becomeOwner(trx);
    return work(trx);
  });
}

/** The same, in a transaction that there is. */
export async function becomeOwner(trx: Transaction<Database>): Promise<void> {
  await sql`set local session_replication_role = replica`.execute(trx);
}
