import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { list } from '../../../src/cli/actions/list.ts';
import { messagesList } from '../../../src/cli/actions/messages-list.ts';
import { messagesHoldAll, messagesResume } from '../../../src/cli/actions/messages-sending.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { claimMessages, markBegun } from '../../../src/notify/outbox/claim-messages.ts';
import { resumeSending, stopSending } from '../../../src/notify/outbox/sending.ts';
import { outboxFor, queueRows, storedMessages } from '../../jobs/communications/outbox.ts';
import { commandLine } from '../../support/command-line.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';
import { mailPeer } from '../channels/mail-peer.ts';
import { addUser, enqueue } from '../queue.ts';

const as = 'ana@example.org';
const owner = '5b0c6a52-6f0e-4b6e-9df2-1c1f0f6a7a11';

/** The ids of two messages of ours, queued. */
async function queueTwo(database: OpenDatabase): Promise<readonly string[]> {
  await addUser(database, 'one@example.org', { role: 'admin' });
  await addUser(database, 'two@example.org', { role: 'admin' });
  await enqueue(database);
  const { rows } = await sql<{ id: string }>`select id from opsdeck_jobs.message order by id`.execute(
    database.db,
  );
  return rows.map(({ id }) => id);
}

onEachDatabase((harness) => {
  describe('stopping all sending', () => {
    it('no message leaves, none of OpsDeck is taken over, and all go after resume', async () => {
      const database = await harness.fresh({ clock: fakeClock('2026-11-24T12:00:00Z') });
      const peer = await mailPeer({});
      const outbox = outboxFor(database, peer.port);
      await queueRows(database, [{ subject: 'First' }]);
      await stopSending(database.db, as, 'wrong recipients');
      const held = await outbox.deliver();
      expect(held).toMatchObject({
        sent: 0,
        adopted: 0,
        sending_stopped: { by: as, reason: 'wrong recipients' },
      });
      expect(await storedMessages(database)).toMatchObject([{ status: 'pending', parked: false }]);
      expect(await resumeSending(database.db, as)).toMatchObject({ changed: true, stop: { by: as } });
      expect(await outbox.deliver()).toMatchObject({ sent: 1, sending_stopped: null });
      expect(peer.mails).toHaveLength(1);
    });

    it('what was claimed before is not begun, and can be claimed again afterwards', async () => {
      const database = await harness.fresh();
      const ids = await queueTwo(database);
      expect(await claimMessages(database.db, owner, ids.slice(0, 1))).toHaveLength(1);
      await stopSending(database.db, as, null);
      expect([...(await markBegun(database.db, owner, ids))]).toEqual([]);
      expect(await claimMessages(database.db, owner, ids)).toEqual([]);
      await resumeSending(database.db, as);
      expect([...(await markBegun(database.db, owner, ids))]).toEqual(ids.slice(0, 1));
      expect(await claimMessages(database.db, owner, ids)).toHaveLength(1);
    });

    it('the commands print who stopped it and why, and twice changes nothing', async () => {
      const database = await harness.fresh();
      const command = commandLine(harness, database);
      const reason = 'wrong recipients';
      expect(await command((io) => messagesHoldAll(io, {}, { as, reason }))).toBe(
        'Sending is stopped on every host until `messages resume`; messages wait.\n',
      );
      const stopped = new RegExp(`Sending is stopped since .* by ${as}: ${reason}\\.`);
      expect(await command((io) => messagesHoldAll(io, {}, { as: 'bob@example.org' }))).toMatch(stopped);
      expect(await command((io) => list(io, {}, {}))).toMatch(stopped);
      const shown: unknown = JSON.parse(
        await command((io) => messagesList(io, {}, { limit: '5', json: true })),
      );
      expect(shown).toMatchObject({ sending_stopped: { by: as, reason } });
      expect(await command((io) => messagesResume(io, {}, { as }))).toContain('Sending is resumed.');
      expect(await command((io) => messagesResume(io, {}, { as }))).toContain('nothing was changed');
      const { rows } = await sql`
        select actor, action, note from opsdeck_jobs.action_log order by at`.execute(database.db);
      expect(rows).toEqual([
        { actor: as, action: 'sending.stop', note: reason },
        { actor: as, action: 'sending.resume', note: null },
      ]);
    });
  });
});

onPostgres((harness) => {
  it('who stops sending waits for a claim that is being made, and no claim is made after it', async () => {
    const database = await harness.fresh();
    const other = await harness.second(database);
    const ids = await queueTwo(database);
    let stopping: Promise<unknown> = Promise.resolve();
    await database.db.transaction().execute(async (trx) => {
      expect(await claimMessages(trx, owner, ids.slice(0, 1))).toHaveLength(1);
      stopping = stopSending(other.db, as, null);
      await until(
        async () => {
          const { rows } = await sql`
            select from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`.execute(trx);
          return rows.length;
        },
        (waiting) => waiting === 1,
      );
    });
    expect(await stopping).toMatchObject({ changed: true });
    expect(await claimMessages(database.db, owner, ids)).toEqual([]);
  });
});
