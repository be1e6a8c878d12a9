import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';
import { addEvent, addTemplate, addUser, allRows, columns, enqueue, message, queueOf } from './queue.ts';

onEachDatabase((harness) => {
  describe('what an administrator has set', () => {
    it('stays: a customised event and template are used, not overwritten', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await addTemplate(database);
      await addEvent(database, { channels: '["slack"]', slack: 'compliance' });
      const before = [
        await allRows(database, 'email_template'),
        await allRows(database, 'notification_event'),
      ];
      const result = await enqueue(database);
      expect(result.queued).toEqual([
        { channel: 'slack', destination: 'slack:#compliance', template: 'Drift' },
      ]);
      expect([
        await allRows(database, 'email_template'),
        await allRows(database, 'notification_event'),
      ]).toEqual(before);
    });

    it('decides the template: the one that the event links to goes before ours', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      const templateId = await addTemplate(database, { name: 'House style' });
      await addEvent(database, { templateId });
      expect((await enqueue(database)).queued).toMatchObject([{ template: 'House style' }]);
      expect(await allRows(database, 'scheduled_communication')).toMatchObject([{ template_id: templateId }]);
    });

    it('does not put the event’s main template under a message of another kind', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(database);
      const other = message({
        dedupeKey: 'other',
        template: { ...message().template, name: 'Other', subject: 'Another matter', secondary: true },
      });
      expect((await enqueue(database, other)).queued).toMatchObject([{ template: 'Other' }]);
    });

    it('is not linked to a message of another kind that happened to come first', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await enqueue(
        database,
        message({ template: { ...message().template, name: 'Other', secondary: true } }),
      );
      expect(await allRows(database, 'notification_event')).toMatchObject([{ template_id: null }]);
      expect((await enqueue(database, message({ dedupeKey: 'main' }))).queued).toMatchObject([
        { template: 'Drift' },
      ]);
    });

    it('switches it off: nothing is queued, and the result gives the reason', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await addEvent(database, { enabled: false });
      expect(await enqueue(database)).toEqual({
        queued: [],
        notes: ['Event COMPLIANCE_DRIFT is switched off: nothing is queued.'],
      });
      expect(await queueOf(database)).toEqual({ communications: 0, messages: 0, orphans: 0 });
    });

    it('makes the template inactive: nothing is queued, and the result names it', async () => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await addTemplate(database, { active: false });
      expect(await enqueue(database)).toEqual({
        queued: [],
        notes: ['Template "Drift" of event COMPLIANCE_DRIFT is not active: nothing is queued.'],
      });
    });

    it.each([
      ['SQL NULL', null],
      ['JSON null', 'null'],
      ['an empty list', '[]'],
    ])('with channels %s means e-mail, as in OpsDeck', async (_, channels) => {
      const database = await harness.fresh();
      await addUser(database, 'a@example.com');
      await addEvent(database, { channels });
      const result = await enqueue(database);
      expect(result.queued.map((one) => one.channel)).toEqual(['email']);
      expect(result.notes).toEqual([]);
    });

    it('sends one message to each shared channel, whatever the number of people', async () => {
      const database = await harness.fresh();
      for (const letter of ['a', 'b', 'c']) await addUser(database, `${letter}@example.com`);
      await addEvent(database, { channels: '["slack", "webhook", "discord", "email"]' });
      const result = await enqueue(database);
      expect(result.queued.map((one) => one.destination)).toEqual([
        'slack:webhook',
        'webhook',
        'discord',
        'a@example.com',
        'b@example.com',
        'c@example.com',
      ]);
      const rows = await allRows(database, 'scheduled_communication');
      expect(columns(rows, 'channel', 'recipient_type', 'recipient_email').toSorted()).toEqual([
        ['discord', 'channel', null],
        ['email', 'role', 'a@example.com'],
        ['email', 'role', 'b@example.com'],
        ['email', 'role', 'c@example.com'],
        ['slack', 'channel', null],
        ['webhook', 'channel', null],
      ]);
    });

    it('keeps the Slack channel with the row, and no address of a webhook anywhere', async () => {
      const database = await harness.fresh();
      await addEvent(database, { channels: '["slack", "webhook"]', slack: '#grc' });
      await sql`update notification_event set webhook_url = 'https://hooks.example/s3cret'`.execute(
        database.db,
      );
      await enqueue(database);
      const rows = await allRows(database, 'scheduled_communication');
      expect(columns(rows, 'channel', 'slack_target_channel').toSorted()).toEqual([
        ['slack', '#grc'],
        ['webhook', null],
      ]);
      const stored = JSON.stringify([rows, await allRows(database, 'opsdeck_jobs.message')]);
      expect(stored).toContain('slack:#grc');
      expect(stored).not.toContain('s3cret');
    });
  });
});
