import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';
import { addUser, allRows, columns, enqueue, message } from './queue.ts';

onEachDatabase((harness) => {
  describe('recipients', () => {
    it('leaves out the archived and those without a usable address, and reports it', async () => {
      const database = await harness.fresh();
      await addUser(database, 'ok@example.com');
      await addUser(database, 'gone@example.com', { archived: true });
      await addUser(database, '');
      await addUser(database, 'not an address');
      await addUser(database, 'x@example.com\r\nBcc: all@example.com');
      await addUser(database, 'user@example.com', { role: 'user' });
      expect(await enqueue(database)).toEqual({
        queued: [{ channel: 'email', destination: 'ok@example.com', template: 'Drift' }],
        notes: ['Role admin: 3 without a usable e-mail address left out.'],
      });
    });

    it('a shared destination gets one row, whoever else gets the message, and once; the row holds its name', async () => {
      const database = await harness.fresh();
      await addUser(database, 'one@example.com');
      await addUser(database, 'two@example.com');
      const recipients = [
        { kind: 'role', role: 'admin' },
        { kind: 'slack_channel', name: '#alerts' },
        { kind: 'slack_channel', name: 'alerts' },
        { kind: 'slack_webhook', name: 'ops' },
        { kind: 'webhook', name: 'ops' },
        { kind: 'discord', name: 'ops' },
      ] as const;
      const shared = [
        'slack:#alerts',
        'slack:destination ops',
        'webhook:destination ops',
        'discord:destination ops',
      ];
      const { queued } = await enqueue(database, message({ recipients }));
      expect(queued.map(({ destination }) => destination)).toEqual([
        ...shared,
        'one@example.com',
        'two@example.com',
      ]);
      expect(
        columns(await allRows(database, 'scheduled_communication'), 'channel', 'slack_target_channel')
          .map(String)
          .sort(),
      ).toEqual(['discord,', 'email,', 'email,', 'slack,', 'slack,#alerts', 'webhook,']);
      // Nor is it told through a channel that failed, or about an event that is switched off.
      const other = await enqueue(
        database,
        message({ recipients, dedupeKey: 'other', notThrough: ['slack', 'email'] }),
      );
      expect(other.queued.map(({ channel }) => channel)).toEqual(['webhook', 'discord']);
      await sql`update notification_event set enabled = false`.execute(database.db);
      expect(await enqueue(database, message({ recipients, dedupeKey: 'off' }))).toMatchObject({
        queued: [],
      });
    });

    it('reports that there is no recipient', async () => {
      const database = await harness.fresh();
      await addUser(database, 'gone@example.com', { archived: true });
      expect(await enqueue(database)).toEqual({
        queued: [],
        notes: [
          'Role admin: no active person has a usable e-mail address.',
          'Event COMPLIANCE_DRIFT: no recipient with an e-mail address.',
        ],
        noRecipient: true,
      });
    });

    it('reaches users, roles, groups and addresses, each address once, in the order given', async () => {
      const database = await harness.fresh();
      const owner = await addUser(database, 'owner@example.com', { role: 'user' });
      const admin = await addUser(database, 'admin@example.com');
      await sql`insert into "group" (id, name) values (5, 'GRC')`.execute(database.db);
      await sql`insert into user_groups (user_id, group_id) values (${owner}, 5), (${admin}, 5)`.execute(
        database.db,
      );
      await addUser(database, 'member@example.com', { role: 'user' });
      await sql`insert into user_groups (user_id, group_id)
                select id, 5 from "user" where email = 'member@example.com'`.execute(database.db);
      await enqueue(
        database,
        message({
          recipients: [
            { kind: 'address', email: ' Auditor@Example.com ', name: 'Auditor' },
            { kind: 'user', userId: owner },
            { kind: 'group', groupId: 5 },
            { kind: 'role', role: 'admin' },
            { kind: 'address', email: 'OWNER@example.com' },
          ],
        }),
      );
      const rows = await allRows(database, 'scheduled_communication');
      expect(columns(rows, 'recipient_email', 'recipient_type').toSorted()).toEqual([
        ['admin@example.com', 'group'],
        ['auditor@example.com', 'address'],
        ['member@example.com', 'group'],
        ['owner@example.com', 'user'],
      ]);
    });
  });
});
