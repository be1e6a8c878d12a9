import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { mailPeer, reply } from '../../notify/channels/mail-peer.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { outboxFor, queueRows, storedMessages } from './outbox.ts';

onEachDatabase((harness) => {
  it('a sender that stood still reports what another one sent meanwhile as taken over, not as its own failure', async () => {
    const database = await harness.fresh({ clock: fakeClock('2026-11-24T12:00:00Z') });
    await queueRows(database, [{}]);
    const good = await mailPeer({});
    const other = outboxFor(database, good.port);
    const reports: unknown[] = [];
    const slow = await mailPeer({
      onRcptTo: (_address, _session, callback) => {
        const meanwhile = async () => {
          await sql`update opsdeck_jobs.message set lease_until = now() - interval '1 second'`.execute(
            database.db,
          );
          await sql`update opsdeck_jobs.channel set owner_until = now() - interval '1 second'`.execute(
            database.db,
          );
          reports.push(await other.deliver());
        };
        meanwhile().then(
          () => callback(reply(451, 'later')),
          (error: Error) => callback(error),
        );
      },
    });
    const { environment, deliver } = outboxFor(database, slow.port);
    reports.unshift(await deliver());
    expect(reports).toMatchObject([
      { taken_over: 1, sent: 0, failed: 0, postponed: 0, unknown: 0, failed_by: { email: 0 }, reasons: {} },
      { taken_over: 0, sent: 1, recovered: { requeued: 1, unknown: 0 } },
    ]);
    expect(await storedMessages(database)).toMatchObject([{ status: 'sent', state: 'sent' }]);
    expect(environment.logged('message.taken_over')).toMatchObject([
      { msg: expect.stringContaining('taken over by another sender and is recorded as sent') },
    ]);
    const { rows } = await sql`select key from opsdeck_jobs.destination where failures > 0`.execute(
      database.db,
    );
    expect(rows).toEqual([]);
  });
});
