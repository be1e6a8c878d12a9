import { describe, expect, it } from 'vitest';
import { readRecipient, recipientText } from '../../src/notify/event-routing.ts';
import { onEachDatabase } from '../support/databases.ts';
import { addEvent, addUser, enqueue, message, notifierFor } from './queue.ts';

it.each([
  ['role:admin', { kind: 'role', role: 'admin' }],
  ['user:7', { kind: 'user', userId: 7 }],
  ['group: 3', { kind: 'group', groupId: 3 }],
  [' Ana@Example.org ', { kind: 'address', email: 'ana@example.org' }],
  ['user:0', undefined],
  ['user:x', undefined],
  ['group:1234567890', undefined],
  ['role:', undefined],
  ['team:3', undefined],
  ['ana', undefined],
])('reads the recipient %j', (text, recipient) => {
  const read = readRecipient(text);
  expect(read).toEqual(recipient);
  if (read !== undefined) expect(readRecipient(recipientText(read))).toEqual(recipient);
});

onEachDatabase((harness) => {
  describe('what the configuration sets for an event', () => {
    it("goes before the event's row: channels, recipients and destination", async () => {
      const database = await harness.fresh();
      await addUser(database, 'admin@example.com');
      await addEvent(database, { channels: '["discord"]', slack: 'ops' });
      const notifier = notifierFor({
        routings: new Map([
          [
            'COMPLIANCE_DRIFT',
            {
              channels: ['email', 'slack', 'webhook'],
              recipients: [
                { kind: 'address', email: 'ciso@example.com' },
                { kind: 'role', role: 'admin' },
              ],
              destination: { kind: 'named', name: 'watch', channels: ['slack'] },
            },
          ],
        ]),
      });
      const outgoing = message({ recipients: [{ kind: 'slack_channel', name: '#own' }] });
      const { queued, notes } = await enqueue(database, outgoing, notifier);
      expect(queued.map(({ destination }) => destination)).toEqual([
        'ciso@example.com',
        'admin@example.com',
        'slack:destination watch',
        'webhook',
      ]);
      expect(notes).toEqual([]);
    });

    it('leaves what it does not name: a place alone changes the place', async () => {
      const database = await harness.fresh();
      await addUser(database, 'admin@example.com');
      await addEvent(database, { channels: '["email","slack"]', slack: 'ops' });
      const routings = new Map([
        ['COMPLIANCE_DRIFT', { destination: { kind: 'place', place: '#compliance' } as const }],
        ['OTHER', { channels: ['webhook'] as const }],
      ]);
      const { queued } = await enqueue(database, message(), notifierFor({ routings }));
      expect(queued.map(({ destination }) => destination)).toEqual([
        'admin@example.com',
        'slack:#compliance',
      ]);
    });

    it('does not send an event that is disabled, and names recipients who cannot be reached', async () => {
      const database = await harness.fresh();
      const recipients = [{ kind: 'role', role: 'nobody' } as const];
      const routings = new Map([['COMPLIANCE_DRIFT', { channels: ['email'] as const, recipients }]]);
      expect(await enqueue(database, message(), notifierFor({ routings }))).toMatchObject({
        queued: [],
        notes: [
          'Role nobody: no active person has a usable e-mail address.',
          'Event COMPLIANCE_DRIFT: no recipient with an e-mail address.',
        ],
      });
      await database.db.updateTable('notification_event').set({ enabled: false }).execute();
      expect(await enqueue(database, message(), notifierFor({ routings }))).toMatchObject({
        notes: ['Event COMPLIANCE_DRIFT is switched off: nothing is queued.'],
      });
    });
  });
});
