import { expect, it } from 'vitest';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { makeOurs, outboxFor, queueRows, storedMessages } from './outbox.ts';

const { signal } = new AbortController();
const maxAgeMs = 72 * 3_600_000;

onEachDatabase((harness) => {
  it("without adopt_opsdeck_messages OpsDeck's rows stay as they are, and ours are sent", async () => {
    const database = await harness.fresh({ clock: fakeClock('2026-11-24T12:00:00Z') });
    const [ours = 0] = await queueRows(database, [{ to: 'ours@example.org' }]);
    await makeOurs(database);
    const [theirs = 0] = await queueRows(database, [{ to: 'theirs@example.org' }]);
    const peer = await mailPeer({});
    const outbox = outboxFor(database, peer.port);
    expect(await outbox.deliver(signal, maxAgeMs, false)).toMatchObject({ adopted: 0, sent: 1 });
    expect(await storedMessages(database)).toMatchObject([
      { id: ours, status: 'sent' },
      { id: theirs, status: 'pending', parked: false, state: null },
    ]);
    expect(await outbox.deliver(signal, maxAgeMs, true)).toMatchObject({ adopted: 1, sent: 1 });
  });
});
