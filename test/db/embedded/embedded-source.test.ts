import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../../src/config/config.ts';
import { kyselyOver } from '../../../src/db/driver/kysely-over.ts';
import { ScopedSource } from '../../../src/db/driver/scoped-source.ts';
import { DatabaseThread } from '../../../src/db/embedded/database-thread.ts';
import { EmbeddedSource } from '../../../src/db/embedded/embedded-source.ts';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { onEmbedded } from '../../support/databases.ts';
import { missingForSmallDisk, mountSmallDisk } from '../../support/small-disk.ts';

const missing = missingForSmallDisk();

/** With a short patience for holders that do nothing. */
async function start(config: DatabaseConfig): Promise<EmbeddedSource> {
  if (config.kind !== 'embedded') throw new Error('an embedded database was expected');
  const pgData = `${config.dataDir}/pgdata`;
  const thread = await DatabaseThread.start(pgData);
  const source = new EmbeddedSource(thread, {
    label: 'embedded database',
    folder: config.dataDir,
    restart: () => DatabaseThread.start(pgData),
    onEnd: async () => undefined,
    idleLimitMs: 100,
  });
  onTestFinished(() => source.end());
  return source;
}

onEmbedded((harness) => {
  it('whoever comes while the connection is handed on waits behind the one it goes to', async () => {
    const source = await start(await harness.config());
    const order: string[] = [];
    const take = async (name: string) => {
      const connection = await source.acquire();
      order.push(name);
      return connection;
    };
    const first = await take('first');
    const second = take('second');
    source.release(first);
    const third = take('third');
    const held = await second;
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['first', 'second']);
    source.release(held);
    source.release(await third);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('a query that waits for a transaction which does nothing gets an error instead of hanging', async () => {
    const source = await start(await harness.config());
    const db = kyselyOver(source);
    const trx = await db.startTransaction().execute();
    await trx.insertInto('tag').values({ name: 'a', is_archived: false }).execute();
    await expect(sql`select 1`.execute(db)).rejects.toThrow('inside a transaction, use its own `trx`');
    await trx.commit().execute();
    expect(await db.selectFrom('tag').select('name').execute()).toEqual([{ name: 'a' }]);
  });

  it('a query of the same scope waits for a transaction whose callback takes its time', async () => {
    const source = await start(await harness.config());
    const db = kyselyOver(new ScopedSource(source));
    const idle = new AbortController();
    const transaction = db.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx);
      await new Promise((resolve) => idle.signal.addEventListener('abort', resolve));
    });
    const waiting = sql<{ two: number }>`select 2 as two`.execute(db);
    // A transaction without a callback, idle for as long, is an error by now.
    const other = await start(await harness.config());
    const lent = kyselyOver(new ScopedSource(other));
    const trx = await lent.startTransaction().execute();
    await expect(sql`select 1`.execute(lent)).rejects.toThrow('inside a transaction, use its own `trx`');
    await trx.rollback().execute();
    idle.abort();
    await transaction;
    expect((await waiting).rows).toEqual([{ two: 2 }]);
  });

  it('whoever waits for another’s transaction which does nothing waits as long as that takes', async () => {
    const source = await start(await harness.config());
    const one = kyselyOver(new ScopedSource(source));
    const other = kyselyOver(new ScopedSource(source));
    const trx = await one.startTransaction().execute();
    const looks = new AbortController();
    const own = sql`select 1`.execute(one);
    const waiting = sql<{ two: number }>`select 2 as two`.execute(other).finally(() => looks.abort());
    // The one of its own scope came first, and has been told by now; the other would have been, too.
    await expect(own).rejects.toThrow('inside a transaction, use its own `trx`');
    expect(looks.signal.aborted).toBe(false);
    await trx.commit().execute();
    expect((await waiting).rows).toEqual([{ two: 2 }]);
  });

  it('ending what one scope does ends its waiting, and neither the waiting nor the statement of another', async () => {
    const source = await start(await harness.config());
    const scopes = [new ScopedSource(source), new ScopedSource(source), new ScopedSource(source)];
    const [holder, cancelled, patient] = scopes.map((scope) => kyselyOver(scope));
    if (holder === undefined || cancelled === undefined || patient === undefined)
      throw new Error('three scopes');
    const running = sql<{ n: number }>`select count(*)::int as n from generate_series(1, 1000000)`.execute(
      holder,
    );
    const given = sql`select 1`.execute(cancelled).catch((error: unknown) => error);
    const waiting = sql<{ one: number }>`select 1 as one`.execute(patient);
    await new Promise((resolve) => setImmediate(resolve));
    await scopes[1]?.cancelStatements();
    expect(await given).toMatchObject({ code: 'statement_cancelled' });
    expect((await running).rows).toEqual([{ n: 1_000_000 }]);
    expect((await waiting).rows).toEqual([{ one: 1 }]);
  });

  it('a connection that is never given back is taken from a scope without a waiter', async () => {
    const source = await start(await harness.config());
    const scope = new ScopedSource(source);
    const lost = kyselyOver(scope);
    const db = kyselyOver(new ScopedSource(source));
    const trx = await lost.startTransaction().execute();
    await trx.insertInto('tag').values({ name: 'lost', is_archived: false }).execute();
    const waiting = db.selectFrom('tag').select('name').execute();
    await scope.abandon();
    expect(await waiting).toEqual([]);
    await expect(
      trx.insertInto('tag').values({ name: 'late', is_archived: false }).execute(),
    ).rejects.toThrow();
    expect(await db.selectFrom('tag').select('name').execute()).toEqual([]);
  });

  it('closes at once while a statement is running', async () => {
    const database = await harness.fresh();
    await sql`select 1`.execute(database.db);
    const statement = sql`select count(*) from generate_series(1, 1000000000000)`.execute(database.db);
    const ended = statement.catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await database.close();
    expect(await ended).toBeInstanceOf(Error);
  });

  it.skipIf(missing !== undefined)(
    `a disk that is full under the write-ahead log is an error, and the database goes on when there is space (needs ${missing ?? 'a disk of its own'})`,
    async () => {
      const disk = await mountSmallDisk(120);
      onTestFinished(disk.remove);
      const database = await openDatabase(
        { kind: 'embedded', dataDir: `${disk.path}/data` },
        { applicationName: 'opsdeck-jobs test', waitMs: 0, storedTimezone: undefined },
      );
      onTestFinished(() => database.close());
      await database.db.insertInto('tag').values({ name: 'kept', is_archived: false }).execute();
      await disk.fill(6 * 1024 * 1024);
      const filling = async () => {
        for (;;) {
          await sql`insert into supplier (name, notes, is_archived)
            select 'a', repeat(md5(random()::text), 30), false from generate_series(1, 2000)`.execute(
            database.db,
          );
        }
      };
      await expect(filling()).rejects.toMatchObject({
        code: 'database_full',
        exitCode: 6,
        message: expect.stringMatching(/^The disk of the embedded database in .+ is full: [\d.]+ MB free\.$/),
      });
      await disk.drain();
      expect(await database.db.selectFrom('tag').select('name').execute()).toEqual([{ name: 'kept' }]);
      await database.db.insertInto('tag').values({ name: 'after', is_archived: false }).execute();
    },
    300_000,
  );
});
