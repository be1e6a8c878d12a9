import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';
import { addUser, allRows, enqueue, message, notifierFor, queueOf } from './queue.ts';

onEachDatabase((harness) => {
  describe('a dry run', () => {
    it('answers what a run would queue and writes nothing, in a read-only transaction', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      const notifier = notifierFor({ dryRun: true });
      const planned = await database.db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => notifier.enqueue(trx, message()));
      expect(await queueOf(database)).toEqual({ communications: 0, messages: 0, orphans: 0 });
      expect(await allRows(database, 'email_template')).toEqual([]);
      const { queued, notes } = await enqueue(database);
      expect(planned).toMatchObject({ queued, notes });
      expect(planned.queued).toMatchObject([
        { draft: { eventCode: 'COMPLIANCE_DRIFT', context: { recipient_name: 'a@example.com' } } },
      ]);
      expect(notifier.queued).toEqual(planned.queued);
    });

    it('knows what is already queued, by an earlier run or by itself', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      const notifier = notifierFor({ dryRun: true });
      expect((await enqueue(database, message(), notifier)).queued).toEqual([]);
      const other = message({ dedupeKey: 'drift:8' });
      expect((await enqueue(database, other, notifier)).queued).toHaveLength(1);
      expect((await enqueue(database, other, notifier)).queued).toEqual([]);
    });
  });

  it('remembers everything it queued, in order', async () => {
    const database = await harness.fresh();
    await addUser(database, 'a@example.com');
    const notifier = notifierFor();
    await enqueue(database, message(), notifier);
    await enqueue(database, message({ dedupeKey: 'drift:8' }), notifier);
    expect(notifier.queued).toHaveLength(2);
  });
});
