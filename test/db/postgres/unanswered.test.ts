import { sql } from 'kysely';
import { expect, it, vi } from 'vitest';
import { onPostgres } from '../../support/databases.ts';

onPostgres((harness) => {
  it('a control statement that is given up is ended at the server too, and waits there for no lock any more', async () => {
    const database = await harness.fresh();
    const holder = await (await harness.second(database)).db.startTransaction().execute();
    await sql`lock table tag in access exclusive mode`.execute(holder);
    await expect(sql`select from tag`.execute(database.control)).rejects.toThrow(/did not answer in time/);
    await vi.waitFor(
      async () => {
        const { rows } = await sql`select from pg_locks where not granted`.execute(database.db);
        expect(rows).toEqual([]);
      },
      { timeout: 60_000 },
    );
    await holder.rollback().execute();
    expect((await sql`select 1 as one`.execute(database.control)).rows).toEqual([{ one: 1 }]);
  });
});
