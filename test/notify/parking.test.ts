import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';
import { addUser, allRows, enqueue, message, notifierFor, now, queueOf, runId } from './queue.ts';

onEachDatabase((harness) => {
  describe('a queued message', () => {
    it('is parked in OpsDeck’s table with every value its own code would fill in', async () => {
      const database = await harness.fresh();
      const userId = await addUser(database, 'Admin@Example.com', { name: 'Ada' });
      const result = await enqueue(database, message({ ttlHours: 48 }));

      expect(result).toEqual({
        queued: [{ channel: 'email', destination: 'admin@example.com', template: 'Drift' }],
        notes: [],
      });
      const [template] = await allRows(database, 'email_template');
      const [communication, ...others] = await allRows(database, 'scheduled_communication');
      expect(others).toEqual([]);
      expect(communication).toMatchObject({
        template_id: template?.id,
        status: 'pending',
        scheduled_date: '2026-07-01',
        sent_at: null,
        target_type: 'compliance_audit',
        target_id: 7,
        recipient_email: 'admin@example.com',
        recipient_type: 'role',
        recipient_name: 'Ada',
        recipient_user_id: userId,
        channel: 'email',
        slack_target_channel: null,
        error_message: null,
        retry_count: 0,
        next_retry_at: '9999-01-01 00:00:00',
        created_at: '2026-06-30 18:30:00',
      });
      expect(await allRows(database, 'opsdeck_jobs.message')).toMatchObject([
        {
          communication_id: communication?.id,
          run_id: runId,
          job: 'compliance-drift',
          event_code: 'COMPLIANCE_DRIFT',
          channel: 'email',
          destination: 'admin@example.com',
          dedupe_key: 'drift:7',
          context: { total: 3, names: ['Ünïcode "quoted" \\ 🙂'] },
          created_at: now,
          due_at: now,
          expires_at: new Date('2026-07-02T22:30:00Z'),
        },
      ]);
    });

    it('creates the event and its template with every value OpsDeck’s code would fill in', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      const [template] = await allRows(database, 'email_template');
      expect(template).toMatchObject({
        name: 'Drift',
        subject: '{{ total }} regressions',
        body_html: '<p>{{ total }}</p>',
        category: 'compliance',
        is_active: true,
        is_system: false,
        created_at: '2026-06-30 18:30:00',
        updated_at: '2026-06-30 18:30:00',
      });
      expect(await allRows(database, 'notification_event')).toMatchObject([
        {
          event_code: 'COMPLIANCE_DRIFT',
          name: 'Compliance drift',
          description: 'Controls got worse.',
          template_id: template?.id,
          enabled: true,
          days_offset: 3,
          channels: ['email'],
          slack_target_channel: null,
          webhook_url: null,
          created_at: '2026-06-30 18:30:00',
          updated_at: '2026-06-30 18:30:00',
        },
      ]);
    });

    it('goes with the transaction: a finding that is rolled back leaves no message', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      const failing = database.db.transaction().execute(async (trx) => {
        await notifierFor().enqueue(trx, message());
        throw new Error('the snapshot could not be stored');
      });
      await expect(failing).rejects.toThrow('the snapshot could not be stored');
      expect(await queueOf(database)).toEqual({ communications: 0, messages: 0, orphans: 0 });
      expect(await allRows(database, 'notification_event')).toEqual([]);
    });

    it('never expires by itself when no limit is given', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      expect(await allRows(database, 'opsdeck_jobs.message')).toMatchObject([{ expires_at: null }]);
    });

    it('cuts names to the width of OpsDeck’s columns instead of failing', async () => {
      const database = await harness.fresh();
      await enqueue(
        database,
        message({
          recipients: [{ kind: 'address', email: 'a@example.com', name: '🙂'.repeat(150) }],
          targetType: 't'.repeat(80),
        }),
      );
      expect(await allRows(database, 'scheduled_communication')).toMatchObject([
        { recipient_name: '🙂'.repeat(100), target_type: 't'.repeat(50) },
      ]);
    });

    it('works where OpsDeck’s tables were there first', async () => {
      const database = await harness.fresh({ attached: true });
      await addUser(database, 'a@example.com');
      expect((await enqueue(database)).queued).toHaveLength(1);
      expect(await queueOf(database)).toEqual({ communications: 1, messages: 1, orphans: 0 });
    });

    it('works on a database from before the columns that came after revision 009', async () => {
      const database = await harness.fresh({ attached: true });
      await sql`alter table notification_event drop column if exists discord_webhook_url`.execute(
        database.db,
      );
      await sql`alter table scheduled_communication drop column if exists event_rule_id cascade`.execute(
        database.db,
      );
      await sql`alter table scheduled_communication drop column if exists audit_log_id cascade`.execute(
        database.db,
      );
      await addUser(database, 'a@example.com');
      const event = message().event;
      const all = await enqueue(
        database,
        message({ event: { ...event, channels: ['email', 'slack', 'webhook', 'discord'] } }),
      );
      expect(all.queued).toHaveLength(4);
    });
  });

  describe('the same key', () => {
    it('is queued once per destination, for ever, and leaves no row over', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      const again = await enqueue(database);
      expect(again).toEqual({
        queued: [],
        notes: ['Event COMPLIANCE_DRIFT: 1 already queued under the key drift:7.'],
      });
      expect(await queueOf(database)).toEqual({ communications: 1, messages: 1, orphans: 0 });
    });

    it('still reaches somebody who was not there the first time', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      await addUser(database, 'b@example.com');
      expect((await enqueue(database)).queued.map((one) => one.destination)).toEqual(['b@example.com']);
      expect(await queueOf(database)).toEqual({ communications: 2, messages: 2, orphans: 0 });
    });

    it('is queued again under another key', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      expect((await enqueue(database, message({ dedupeKey: 'drift:8' }))).queued).toHaveLength(1);
    });
  });
});
