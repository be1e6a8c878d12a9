import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { OutgoingMessage } from '../../src/notify/notifier.ts';
import { onPostgres } from '../support/databases.ts';
import { addEvent, addTemplate, addUser, allRows, enqueue, message, notifierFor, queueOf } from './queue.ts';

onPostgres((harness) => {
  /** Statements of one enqueue, counted where they are sent. */
  async function statements(database: OpenDatabase, outgoing: OutgoingMessage): Promise<number> {
    let count = 0;
    const notifier = notifierFor();
    await database.db.transaction().execute(async (trx) => {
      const counted = trx.withPlugin({
        transformQuery: ({ node }) => {
          count += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      await notifier.enqueue(counted, outgoing);
    });
    return count;
  }

  it('takes four statements the first time and three after that, for one recipient as for a thousand', async () => {
    const database = await harness.fresh();
    await addUser(database, 'a@example.com');
    expect(await statements(database, message())).toBe(4);
    expect(await statements(database, message({ dedupeKey: 'one' }))).toBe(3);
    await sql`insert into "user" (name, email, role, is_archived, hide_from_org_chart)
              select 'n', 'u' || n || '@example.com', 'admin', false, false from generate_series(2, 1000) n`.execute(
      database.db,
    );
    expect(await statements(database, message({ dedupeKey: 'thousand' }))).toBe(3);
    expect(await queueOf(database)).toEqual({ communications: 1002, messages: 1002, orphans: 0 });
  });

  it('two transactions that queue the same at once: one does, the other waits and queues nothing', async () => {
    const first = await harness.fresh();
    const second = await harness.second(first);
    for (const letter of ['a', 'b', 'c']) await addUser(first, `${letter}@example.com`);
    await addTemplate(first);
    await addEvent(first);

    const queued = gate();
    const commit = gate();
    const winner = first.db.transaction().execute(async (trx) => {
      const result = await notifierFor().enqueue(trx, message());
      queued.open();
      await commit.opened;
      return result;
    });
    await queued.opened;
    const loser = enqueue(second);
    await untilSomebodyWaits(first);
    commit.open();
    expect((await winner).queued).toHaveLength(3);
    expect((await loser).queued).toEqual([]);
    expect(await queueOf(first)).toEqual({ communications: 3, messages: 3, orphans: 0 });
  });

  it('takes over when the transaction that was first rolls back', async () => {
    const first = await harness.fresh();
    const second = await harness.second(first);
    await addUser(first, 'a@example.com');
    const queued = gate();
    const fail = gate();
    const failing = first.db.transaction().execute(async (trx) => {
      await notifierFor().enqueue(trx, message());
      queued.open();
      await fail.opened;
      throw new Error('rolled back');
    });
    await queued.opened;
    const heir = enqueue(second);
    await untilSomebodyWaits(first);
    fail.open();
    await expect(failing).rejects.toThrow('rolled back');
    expect((await heir).queued).toHaveLength(1);
    expect(await queueOf(first)).toEqual({ communications: 1, messages: 1, orphans: 0 });
  });

  it('two who both create the event at once end with one event, one template and one message', async () => {
    const first = await harness.fresh();
    const second = await harness.second(first);
    await addUser(first, 'a@example.com');
    const queued = gate();
    const commit = gate();
    const winner = first.db.transaction().execute(async (trx) => {
      await notifierFor().enqueue(trx, message());
      queued.open();
      await commit.opened;
    });
    await queued.opened;
    const loser = enqueue(second, message({ dedupeKey: 'mine' }));
    await untilSomebodyWaits(first);
    commit.open();
    await winner;
    expect((await loser).queued).toHaveLength(1);
    expect(await allRows(first, 'notification_event')).toHaveLength(1);
    expect(await allRows(first, 'email_template')).toHaveLength(1);
    expect(await queueOf(first)).toEqual({ communications: 2, messages: 2, orphans: 0 });
  });
});

/** Until a transaction in this database waits for another one: what the race is about has begun. */
async function untilSomebodyWaits(database: OpenDatabase): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
    `.execute(database.db);
    if (rows[0]?.waiting === 1) return;
  }
}

/** Something that one side waits for and the other lets through. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
