import { type Kysely, sql } from 'kysely';
import { expect, it } from 'vitest';
import { sqlState } from '../../src/db/errors.ts';
import type { Database } from '../../src/db/tables.ts';
import { onEachDatabase, onEmbedded, onPostgres } from '../support/databases.ts';

async function tags(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('tag').select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}

const tag = (name: string) => ({ name, is_archived: false });

onEachDatabase((harness) => {
  it('rolls back everything of a transaction that throws', async () => {
    const { db } = await harness.fresh();
    const attempt = db.transaction().execute(async (trx) => {
      await trx.insertInto('tag').values(tag('a')).execute();
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await tags(db)).toEqual([]);
  });

  it('rolls back after a statement that failed, and can be used again', async () => {
    const { db } = await harness.fresh();
    const attempt = db.transaction().execute(async (trx) => {
      await trx
        .insertInto('tag')
        .values([tag('a'), tag('a')])
        .execute();
    });
    const error: unknown = await attempt.catch((thrown: unknown) => thrown);
    expect(sqlState(error)).toBe('23505');
    expect(error).toMatchObject({ constraint: 'tag_name_key', table: 'tag', schema: 'public' });
    await db.insertInto('tag').values(tag('b')).execute();
    expect(await tags(db)).toEqual(['b']);
  });

  it('honours access mode and isolation level', async () => {
    const { db } = await harness.fresh();
    const settings = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(
        async (trx) =>
          (
            await sql`select current_setting('transaction_isolation') as isolation,
              current_setting('transaction_read_only') as read_only`.execute(trx)
          ).rows,
      );
    expect(settings).toEqual([{ isolation: 'repeatable read', read_only: 'on' }]);
    const attempt = db
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => trx.insertInto('tag').values(tag('a')).execute());
    await expect(attempt).rejects.toMatchObject({ code: 'database_read_only' });
  });

  it('goes back to a savepoint and keeps what was before it', async () => {
    const { db } = await harness.fresh();
    const trx = await db.startTransaction().execute();
    await trx.insertInto('tag').values(tag('kept')).execute();
    const inner = await trx.savepoint('inner').execute();
    await inner.insertInto('tag').values(tag('dropped')).execute();
    await (await inner.rollbackToSavepoint('inner').execute()).releaseSavepoint('inner').execute();
    await trx.commit().execute();
    expect(await tags(db)).toEqual(['kept']);
  });

  it('keeps transactions apart when many are asked for at once', async () => {
    const { db } = await harness.fresh();
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        db
          .transaction()
          .execute(async (trx) => {
            await trx
              .insertInto('tag')
              .values(tag(`a${index}`))
              .execute();
            await sql`select pg_sleep(0.01)`.execute(trx);
            if (index % 2 === 0) throw new Error('no');
          })
          .catch(() => undefined),
      ),
    );
    expect(await tags(db)).toEqual(['a1', 'a3', 'a5', 'a7']);
  });

  it.each(['rollback', 'commit'])(
    'sends nothing more once the %s is under way: it would be carried out outside of any transaction',
    async (end) => {
      const { db } = await harness.fresh();
      let late: Promise<unknown> = Promise.resolve();
      const attempt = db.transaction().execute(async (trx) => {
        await trx.insertInto('tag').values(tag('in time')).execute();
        // Behind the transaction's last statement in the queue, and before its answer: that needs a turn of the event loop.
        late = new Promise((resolve) => setImmediate(resolve)).then(() =>
          trx.insertInto('tag').values(tag('too late')).execute(),
        );
        late.catch(() => undefined);
        if (end === 'rollback') throw new Error('no');
      });
      await attempt.catch(() => undefined);
      await expect(late).rejects.toThrow(/being ended|already (committed|rolled back)/);
      expect(await tags(db)).toEqual(end === 'commit' ? ['in time'] : []);
      await db.transaction().execute((trx) => trx.insertInto('tag').values(tag('next')).execute());
      expect(await tags(db)).toContain('next');
    },
  );

  it('cancels a statement that would take for ever, and goes on', async () => {
    const database = await harness.fresh();
    await database.db.insertInto('tag').values(tag('kept')).execute();
    const attempt = database.db.transaction().execute(async (trx) => {
      await trx.insertInto('tag').values(tag('lost')).execute();
      await sql`select count(*) from generate_series(1, 1000000000000)`.execute(trx);
    });
    const ended = attempt.catch((thrown: unknown) => thrown);
    // Cancelling is only of what runs: asked again until the statement has begun and ended.
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!over) {
      await database.cancelStatements();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toMatchObject({ code: 'statement_cancelled' });
    expect(await tags(database.db)).toEqual(['kept']);
  });
});

onEmbedded((harness) => {
  it('finds a query outside the open transaction at once: it would wait for itself for ever', async () => {
    const { db } = await harness.fresh();
    const attempt = db.transaction().execute(async (trx) => {
      await trx.insertInto('tag').values(tag('a')).execute();
      return tags(db);
    });
    await expect(attempt).rejects.toThrow('inside a transaction, use its own `trx`');
    expect(await tags(db)).toEqual([]);
  });

  it('lets other work wait for a transaction that is busy', async () => {
    const { db } = await harness.fresh();
    let began: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const transaction = db.transaction().execute(async (trx) => {
      await trx.insertInto('tag').values(tag('a')).execute();
      began();
      await sql`select pg_sleep(0.2)`.execute(trx);
    });
    await begun;
    expect(await tags(db)).toEqual(['a']);
    await transaction;
  });

  it('leaves the event loop free while a statement computes', async () => {
    const { db } = await harness.fresh();
    let turns = 0;
    let over = false;
    const statement = sql`select count(*) from generate_series(1, 300000)`.execute(db).finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      turns += 1;
    }
    await statement;
    expect(turns).toBeGreaterThan(10);
  });
});

onPostgres((harness) => {
  it('replaces a connection that the server has ended', async () => {
    const database = await harness.fresh();
    const other = await harness.second(database);
    const attempt = database.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(other.db);
      await trx.insertInto('tag').values(tag('a')).execute();
    });
    await expect(attempt).rejects.toMatchObject({ code: 'database_unavailable', exitCode: 6 });
    expect(await tags(database.db)).toEqual([]);
  });

  it('a cancel request that comes late ends nothing of whoever has the connection next', async () => {
    const database = await harness.fresh();
    let cancelled = 0;
    for (let round = 0; round < 60; round += 1) {
      let over = false;
      const statement = sql`select pg_sleep(0.002)`.execute(database.db).catch(() => {
        cancelled += 1;
      });
      void statement.then(() => {
        over = true;
      });
      const requests: Promise<void>[] = [];
      while (!over) {
        requests.push(database.cancelStatements());
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await tags(database.db)).toEqual([]);
      await Promise.all(requests);
    }
    expect(cancelled).toBeGreaterThan(0);
  });

  it('has no session state that a pooler in transaction mode would mix up: no prepared statements', async () => {
    const { db } = await harness.fresh();
    const rows = await db.connection().execute(async (connection) => {
      await connection.selectFrom('tag').selectAll().where('name', '=', 'a').execute();
      return (await sql`select name from pg_prepared_statements where name <> ''`.execute(connection)).rows;
    });
    expect(rows).toEqual([]);
  });
});
