import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { onEachDatabase } from '../support/databases.ts';

async function stage(database: OpenDatabase, stream: Readable, format: 'text' | 'csv'): Promise<unknown[]> {
  return database.db.transaction().execute(async (trx) => {
    await sql`create temporary table "staged rows" (line int, value text) on commit drop`.execute(trx);
    await database.copyInto(trx, 'staged rows', ['line', 'value'], stream, format);
    return (await sql`select * from "staged rows" order by line`.execute(trx)).rows;
  });
}

/** Gives `count` rows of about a kilobyte, in reads that end anywhere. */
function* manyRows(count: number): Generator<Buffer> {
  let held = '';
  for (let line = 1; line <= count; line++) {
    held += `${line},"${'quoted ""text"",\n'.repeat(60)}"\n`;
    while (held.length > 7001) {
      yield Buffer.from(held.slice(0, 7001));
      held = held.slice(7001);
    }
  }
  yield Buffer.from(held);
}

onEachDatabase((harness) => {
  it('copies several megabytes of CSV with quotes and newlines across reads', async () => {
    const database = await harness.fresh();
    const summary = await database.db.transaction().execute(async (trx) => {
      await sql`create temporary table staged (line int, value text) on commit drop`.execute(trx);
      await database.copyInto(trx, 'staged', ['line', 'value'], Readable.from(manyRows(5000)), 'csv');
      return (
        await sql`select count(*)::int as rows, sum(line)::int as lines, min(length(value)) as shortest,
          max(length(value)) as longest from staged`.execute(trx)
      ).rows;
    });
    const length = 'quoted "text",\n'.length * 60;
    expect(summary).toEqual([{ rows: 5000, lines: 12_502_500, shortest: length, longest: length }]);
  });

  it('reads the text format with its escapes, and nulls', async () => {
    const database = await harness.fresh();
    const rows = await stage(database, Readable.from(['1\ta\\tb\\nc\\\\\n2\t\\N\n', '3\t"\n']), 'text');
    expect(rows).toEqual([
      { line: 1, value: 'a\tb\nc\\' },
      { line: 2, value: null },
      { line: 3, value: '"' },
    ]);
  });

  it('copies nothing more of a stream once its transaction is rolled back', async () => {
    const database = await harness.fresh();
    let goOn: () => void = () => undefined;
    const rolledBack = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let pieceIsSent: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      pieceIsSent = resolve;
    });
    async function* slowly(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${'x'.repeat(2_000_000)}\n`);
      pieceIsSent();
      await rolledBack;
      yield Buffer.from('too late\n');
    }
    await sql`create table staged (value text)`.execute(database.db);
    let copying: Promise<unknown> = Promise.resolve();
    const attempt = database.db.transaction().execute(async (trx) => {
      copying = database.copyInto(trx, 'staged', ['value'], Readable.from(slowly()), 'text');
      copying.catch(() => undefined);
      await underWay;
      throw new Error('no');
    });
    attempt.catch(() => undefined);
    await underWay;
    // A server works at the COPY until it has the whole stream; the embedded database rolls back between two pieces.
    if (database.kind === 'embedded') await attempt.catch(() => undefined);
    goOn();
    await copying.catch(() => undefined);
    await expect(attempt).rejects.toThrow('no');
    expect((await sql`select left(value, 10) as value from staged`.execute(database.db)).rows).toEqual([]);
  });

  it('copies an empty stream', async () => {
    const database = await harness.fresh();
    expect(await stage(database, Readable.from([]), 'csv')).toEqual([]);
  });

  it('fills a table of OpsDeck, leaving serial ids to the database', async () => {
    const database = await harness.fresh();
    await database.db
      .transaction()
      .execute((trx) =>
        database.copyInto(
          trx,
          'user',
          ['name', 'email', 'is_archived', 'hide_from_org_chart'],
          Readable.from('A,a@x,f,f\nB,b@x,f,t\n'),
          'csv',
        ),
      );
    const users = await database.db
      .selectFrom('user')
      .select(['id', 'email', 'hide_from_org_chart'])
      .orderBy('id')
      .execute();
    expect(users).toEqual([
      { id: 1, email: 'a@x', hide_from_org_chart: false },
      { id: 2, email: 'b@x', hide_from_org_chart: true },
    ]);
  });

  it('leaves nothing when a row in the middle is wrong, and names in which line of the whole stream', async () => {
    const database = await harness.fresh();
    function* rows(): Generator<string> {
      for (let line = 1; line <= 40_000; line++) {
        yield line === 35_000 ? 'bad,maybe\n' : `${'tag'.padEnd(44, '-')}${line},f\n`;
      }
    }
    const attempt = database.db
      .transaction()
      .execute((trx) => database.copyInto(trx, 'tag', ['name', 'is_archived'], Readable.from(rows()), 'csv'));
    await expect(attempt).rejects.toMatchObject({
      code: '22P02',
      where: expect.stringContaining('line 35000'),
    });
    expect(await database.db.selectFrom('tag').selectAll().execute()).toEqual([]);
  });

  it('refuses a NUL character', async () => {
    const database = await harness.fresh();
    await expect(stage(database, Readable.from(['1,a\0b\n']), 'csv')).rejects.toMatchObject({
      code: '22021',
    });
    expect(await database.db.selectFrom('tag').selectAll().execute()).toEqual([]);
  });

  it('rolls back and stays usable when the stream itself breaks', async () => {
    const database = await harness.fresh();
    async function* breaking(): AsyncGenerator<string> {
      yield 'a,f\n';
      throw new Error('the file ended early');
    }
    const attempt = database.db
      .transaction()
      .execute((trx) =>
        database.copyInto(trx, 'tag', ['name', 'is_archived'], Readable.from(breaking()), 'csv'),
      );
    await expect(attempt).rejects.toThrow('the file ended early');
    expect(await database.db.selectFrom('tag').selectAll().execute()).toEqual([]);
  });

  it('quotes names, so that a column name cannot end the statement', async () => {
    const database = await harness.fresh();
    const attempt = database.db
      .transaction()
      .execute((trx) =>
        database.copyInto(trx, 'tag', ['name") from stdin; drop table tag; --'], Readable.from('a\n'), 'csv'),
      );
    await expect(attempt).rejects.toMatchObject({ code: '42703' });
  });
});
