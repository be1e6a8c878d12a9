import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';

onEachDatabase((harness) => {
  it('opens a migrated database and knows whose it is', async () => {
    const standalone = await harness.fresh();
    expect(standalone.mode).toBe('standalone');
    expect(standalone.storedZone).toBe('UTC');
    const attached = await harness.fresh({ attached: true });
    expect(attached.mode).toBe('attached');
    expect((await sql`select 1 as one`.execute(attached.db)).rows).toEqual([{ one: 1 }]);
  });

  it('gives every test its own database', async () => {
    const database = await harness.fresh();
    expect(await database.db.selectFrom('user').selectAll().execute()).toEqual([]);
    await database.db.insertInto('tag').values({ name: 'a', is_archived: false }).execute();
    const other = await harness.fresh();
    expect(await other.db.selectFrom('tag').selectAll().execute()).toEqual([]);
  });
});
