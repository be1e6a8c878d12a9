import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onPostgres } from '../../support/databases.ts';

onPostgres((harness) => {
  it('closing answers those who still wait for a connection, so that they do not wait for each other', async () => {
    const database = await harness.fresh();
    const holders = await Promise.all(
      Array.from({ length: 10 }, () => database.db.startTransaction().execute()),
    );
    const waiting = sql`select 1`.execute(database.db);
    const refused = expect(waiting).rejects.toThrow('the connections to the database are closed');
    const closed = database.close();
    await refused;
    for (const holder of holders) await holder.rollback().execute();
    await closed;
  });

  it('closing ends a login that is under way', async () => {
    const database = await harness.fresh();
    const asked = Promise.allSettled(
      Array.from({ length: 8 }, () => sql`select 1`.execute(database.control)),
    );
    await database.close();
    for (const { status } of await asked) expect(['fulfilled', 'rejected']).toContain(status);
    await expect(sql`select 1`.execute(database.db)).rejects.toThrow();
  });
});
