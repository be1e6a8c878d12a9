import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { claimMessages } from '../../../src/notify/outbox/claim-messages.ts';
import { Recorder } from '../../../src/notify/outbox/record-outcome.ts';
import type { Transition } from '../../../src/notify/outbox/transition.ts';
import { outboxFor, queueRows, storedMessages } from '../../jobs/communications/outbox.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const owner = '5b0c6a52-6f0e-4b6e-9df2-1c1f0f6a7a11';
const sent: Transition = {
  state: 'sent',
  failures: 0,
  nextAttemptAt: null,
  possibleRepeat: false,
  code: null,
  reason: null,
  providerId: null,
  waits: 0,
  refusedSince: null,
};

onEachDatabase((harness) => {
  describe('recording what became of messages', () => {
    const begin = async () => {
      const clock = fakeClock('2026-11-24T12:00:00Z');
      const database = await harness.fresh({ clock });
      await queueRows(database, [{}, {}, {}]);
      await outboxFor(database, 1).deliver(AbortSignal.abort());
      const { rows } = await sql<{ id: string }>`
        select id from opsdeck_jobs.message order by communication_id`.execute(database.db);
      const ids = rows.map(({ id }) => id);
      await claimMessages(database.db, owner, ids);
      const zones = { business: 'Europe/Madrid', stored: database.storedZone };
      const recorder = new Recorder({ db: database.db, clock, zones, owner });
      const record = (id: string, to = sent) => recorder.record({ id, breakerKey: null, tried: true, to });
      return { database, ids, record };
    };

    it('one that cannot be stored costs the others, that ended at the same moment, nothing', async () => {
      const { database, ids, record } = await begin();
      const [first = '', second = '', third = ''] = ids;
      const results = await Promise.allSettled([
        record(first),
        // No text of PostgreSQL can hold it.
        record(second, { ...sent, providerId: '\u0000' }),
        record(third),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await storedMessages(database)).map(({ state }) => state)).toEqual(['sent', 'sending', 'sent']);
    });

    it('a message that somebody has taken for lost is not recorded over their decision', async () => {
      const { database, ids, record } = await begin();
      const [first = '', second = ''] = ids;
      await sql`
        update opsdeck_jobs.message set state = 'cancelled', lease_owner = null, lease_until = null
         where id = ${first}::uuid`.execute(database.db);
      expect(await Promise.all([record(first), record(second)])).toEqual([false, true]);
      expect((await storedMessages(database)).map(({ state }) => state)).toEqual([
        'cancelled',
        'sent',
        'sending',
      ]);
    });
  });
});
