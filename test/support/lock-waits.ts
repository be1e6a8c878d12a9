import { sql } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import { until } from './until.ts';

/** Resolves when a statement in this database waits for a lock; or, with `false`, when none does. */
export async function lockWaits(database: OpenDatabase, waiting = true): Promise<void> {
  await until(
    async () => {
      const { rows } = await sql`
        select from pg_locks l join pg_database d on d.oid = l.database
         where not l.granted and d.datname = current_database()`.execute(database.db);
      return rows.length;
    },
    (count) => count > 0 === waiting,
  );
}
