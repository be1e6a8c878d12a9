import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { type DecisionFilter, decideMessages } from '../../../src/notify/outbox/decide-messages.ts';
import { listDestinations, switchOn } from '../../../src/notify/outbox/destinations.ts';
import type { MessageAction } from '../../../src/notify/outbox/judge-decision.ts';
import { makeOurs, outboxFor, queueRows, storedMessages } from '../../jobs/communications/outbox.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { mailPeer } from '../channels/mail-peer.ts';
import { httpPeer } from '../channels/peers.ts';
import { addUser, enqueue } from '../queue.ts';

const noon = '2026-11-24T12:00:00Z';
const ana = 'ana@example.org';

onEachDatabase((harness) => {
  const begin = async (at = noon) => {
    const clock = fakeClock(at);
    const database = await harness.fresh({ clock });
    const zones = { business: 'Europe/Madrid', stored: database.storedZone };
    const decide = (action: MessageAction, ids: readonly (string | number)[]) =>
      decideMessages(database, zones, action, { kind: 'ids', ids: ids.map(String) }, ana);
    const decideOld = (action: MessageAction, hours: number) =>
      decideMessages(
        database,
        zones,
        action,
        { kind: 'matching', filter: { olderThanMs: hours * 3_600_000 } },
        ana,
      );
    return { clock, database, decide, decideOld };
  };

  describe('an operator', () => {
    it('sends again what failed, from the first attempt on, and the log names who', async () => {
      const { database, decide } = await begin();
      const peer = await mailPeer({});
      const [id = 0] = await queueRows(database, [{ body: '{{ broken' }]);
      const outbox = outboxFor(database, peer.port);
      expect(await outbox.deliver()).toMatchObject({ failed: 1 });
      await sql`update email_template set body_html = '<p>Repaired</p>'`.execute(database.db);
      expect(await decide('retry', [id])).toEqual({
        ids: [id],
        changed: { failed: 1 },
        already: 0,
        refused: 0,
      });
      expect(await decide('retry', [id])).toMatchObject({ changed: {}, already: 1 });
      expect(await storedMessages(database)).toMatchObject([
        { status: 'pending', parked: true, retry_count: 0, error_message: null, state: 'queued' },
      ]);
      expect(await outbox.deliver()).toMatchObject({ sent: 1 });
      expect(peer.mails).toHaveLength(1);
      expect(await actions(database)).toEqual([
        { actor: ana, action: 'message.retry', before: { communication_id: id, state: 'failed' } },
      ]);
    });

    it('finds a message by the beginning of its id, and refuses what is none or several', async () => {
      const { database, decide } = await begin();
      const [first = 0] = await queueRows(database, [{}, {}]);
      await adopt(database);
      await sql`
        update opsdeck_jobs.message set id = ('abcd' || (case when communication_id = ${first} then '1' else '2' end)
          || substr(id::text, 6))::uuid`.execute(database.db);
      expect(await decide('cancel', ['abcd1'])).toMatchObject({ changed: { queued: 1 } });
      await expect(decide('cancel', ['abcd'])).rejects.toMatchObject({
        code: 'ambiguous_message',
        exitCode: 2,
      });
      await expect(decide('cancel', ['4711'])).rejects.toMatchObject({ code: 'unknown_message' });
      await expect(decide('cancel', ['no!'])).rejects.toMatchObject({ code: 'unknown_message' });
    });

    it('decides about all that are named or about none', async () => {
      const { database, decide } = await begin();
      const peer = await mailPeer({});
      const ids = await queueRows(database, [{}, { scheduled: '2026-11-01' }]);
      await outboxFor(database, peer.port).deliver();
      await expect(decide('cancel', ids)).rejects.toMatchObject({
        code: 'message_state',
        message: `Message ${ids[0]} cannot be cancelled: it was sent. Nothing was changed.`,
      });
      expect(await storedMessages(database)).toMatchObject([{ status: 'sent' }, { state: 'held' }]);
      expect(await actions(database)).toEqual([]);
    });

    it('releases what is on hold, which is then not put on hold again; cancels what is older, also where OpsDeck has it alone', async () => {
      const { database, decideOld } = await begin();
      const peer = await mailPeer({});
      const old = '2026-11-20';
      await queueRows(database, [
        { subject: 'A', scheduled: '2026-11-10' },
        { subject: 'B', scheduled: old },
      ]);
      const outbox = outboxFor(database, peer.port);
      expect(await outbox.deliver()).toMatchObject({ held: 2, sent: 0 });
      expect(await decideOld('cancel', 7 * 24)).toMatchObject({ changed: { held: 1 } });
      expect(await decideOld('release', 0)).toMatchObject({ changed: { held: 1 } });
      expect(await outbox.deliver()).toMatchObject({ held: 0, sent: 1 });
      expect(peer.mails.map(({ parsed }) => parsed.subject)).toEqual(['B']);

      await queueRows(database, [{ scheduled: old }, { scheduled: '2026-11-24' }]);
      expect(await decideOld('cancel', 72)).toMatchObject({ changed: { queued: 1 } });
      expect((await storedMessages(database)).map(({ status }) => status)).toEqual([
        'cancelled',
        'sent',
        'cancelled',
        'pending',
      ]);
    });

    it('decides about what has a state, a code and a channel in common; a dry run counts and changes nothing', async () => {
      const { clock, database } = await begin();
      await queueRows(database, [{ to: null }, { channel: 'webhook' }, {}, {}]);
      await makeOurs(database);
      await sql`
        update opsdeck_jobs.message set state = case channel when 'webhook' then 'unknown' else 'failed' end, last_code = 'refused'
         where communication_id < (select max(communication_id) from opsdeck_jobs.message)`.execute(
        database.db,
      );
      await sql`
        update scheduled_communication c set status = 'failed' from opsdeck_jobs.message m
         where m.communication_id = c.id and m.state = 'failed'`.execute(database.db);
      const zones = { business: 'Europe/Madrid', stored: database.storedZone };
      const decide = (action: MessageAction, filter: DecisionFilter, dryRun = false) =>
        decideMessages({ db: database.db, clock }, zones, action, { kind: 'matching', filter }, ana, dryRun);
      const email = { channel: 'email', code: 'refused', since: new Date('2026-11-23T00:00:00Z') };
      expect(await decide('retry', email, true)).toMatchObject({ changed: { failed: 2 } });
      expect(await decide('retry', { ...email, code: 'other' })).toMatchObject({ changed: {} });
      expect(await decide('retry', { channel: 'webhook' })).toMatchObject({ changed: {} });
      expect((await storedMessages(database)).map(({ state }) => state)).toEqual([
        ...['failed', 'unknown', 'failed', 'queued'],
      ]);
      expect(await actions(database)).toEqual([]);
      expect(await decide('retry', email)).toMatchObject({ changed: { failed: 2 } });
      expect(await decide('retry', { state: 'unknown' })).toMatchObject({ changed: { unknown: 1 } });
      expect(new Set((await storedMessages(database)).map(({ state }) => state))).toEqual(
        new Set(['queued']),
      );
    });

    it('hands back to OpsDeck what OpsDeck queued, and never what only we can render', async () => {
      const { database, decide, decideOld } = await begin('2026-06-30T22:30:00Z');
      await queueRows(database, [{}], '2026-06-30');
      await adopt(database);
      await addUser(database, 'admin@example.org');
      await enqueue(database);
      const [theirs, ours] = await storedMessages(database);
      await expect(decide('hand_back', [ours?.id ?? 0])).rejects.toMatchObject({ code: 'message_state' });
      expect(await decideOld('hand_back', 0)).toMatchObject({ changed: { queued: 1 } });
      expect(await storedMessages(database)).toMatchObject([
        { id: theirs?.id, status: 'pending', parked: false, state: null },
        { id: ours?.id, status: 'pending', parked: true, state: 'queued' },
      ]);
    });

    it('sends again what could never be sent, whatever its age, once the reason no longer holds; otherwise it fails with it again', async () => {
      const { database, decide } = await begin();
      const peer = await mailPeer({});
      const [first = 0, second = 0] = await queueRows(database, [
        { template: 'inactive', scheduled: '2026-11-01' },
        { to: null, scheduled: '2026-11-01' },
      ]);
      const outbox = outboxFor(database, peer.port);
      expect(await outbox.deliver()).toMatchObject({ sent: 0, adopted: 0 });
      await sql`update email_template set is_active = true`.execute(database.db);
      expect(await decide('retry', [first, second])).toMatchObject({ changed: { failed: 2 }, refused: 1 });
      expect(await outbox.deliver()).toMatchObject({ sent: 1, held: 0 });
      expect(await storedMessages(database)).toMatchObject([
        { status: 'sent' },
        { status: 'failed', error_message: 'It has no usable e-mail address.' },
      ]);
    });

    it('a message that may have arrived is marked when it is sent again', async () => {
      const { database, decide } = await begin();
      const peer = await mailPeer({});
      const [id = 0] = await queueRows(database, [{}]);
      await adopt(database);
      await sql`update opsdeck_jobs.message set state = 'unknown', attempts = 1`.execute(database.db);
      expect(await decide('retry', [id])).toMatchObject({ changed: { unknown: 1 } });
      await outboxFor(database, peer.port).deliver();
      expect(peer.mails[0]?.raw).toMatch(/^x-opsdeck-possible-repeat: yes/im);
    });

    it('switches a destination on: what waited goes out, what failed meanwhile can be sent again', async () => {
      const { clock, database, decide } = await begin();
      let status = 410;
      const hook = await httpPeer((response) => void response.writeHead(status).end());
      const [first = 0] = await queueRows(database, [{ channel: 'webhook' }]);
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
      expect(await outbox.deliver()).toMatchObject({ failed: 1, reasons: { gone: 1 } });
      const [later = 0] = await queueRows(database, [{ channel: 'webhook' }]);
      expect(await outbox.deliver()).toMatchObject({ failed: 1, reasons: { destination_off: 1 } });
      expect(hook.received).toHaveLength(1);
      // Sent again before it is switched on, it fails again instead of waiting for ever.
      await decide('retry', [later]);
      expect(await outbox.deliver()).toMatchObject({ failed: 1 });

      const [known] = await listDestinations(database.db);
      expect(known).toMatchObject({ channel: 'webhook', switched_off_at: clock.now() });
      expect(known?.key).not.toContain(hook.url);
      status = 200;
      expect(await switchOn(database, known?.key ?? '', ana)).toBe(0);
      await expect(switchOn(database, known?.key ?? '', ana)).rejects.toMatchObject({
        code: 'unknown_destination',
      });
      await decide('retry', [first, later]);
      expect(await outbox.deliver()).toMatchObject({ sent: 2 });
      expect((await actions(database)).map(({ action }) => action)).toContain('destination.switch_on');
    });

    it('a pause that an operator ends lets the messages go at once', async () => {
      const { database } = await begin();
      let status = 503;
      const hook = await httpPeer((response) => void response.writeHead(status).end());
      await queueRows(
        database,
        Array.from({ length: 6 }, () => ({ channel: 'webhook' })),
      );
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
      await outbox.deliver();
      await queueRows(database, [{ channel: 'webhook' }]);
      expect(await outbox.deliver()).toMatchObject({ paused: 1, sent: 0 });
      status = 200;
      const [known] = await listDestinations(database.db);
      expect(await switchOn(database, known?.key ?? '', ana)).toBe(1);
      expect(await outbox.deliver()).toMatchObject({ sent: 1 });
    });

    it('what OpsDeck queues again after we had settled it is sent again, and not parked for ever', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [{}]);
      const outbox = outboxFor(database, peer.port);
      await outbox.deliver();
      await sql`update scheduled_communication set status = 'pending', next_retry_at = null`.execute(
        database.db,
      );
      expect(await outbox.deliver()).toMatchObject({ adopted: 1, sent: 1 });
      expect(peer.mails).toHaveLength(2);
      expect(await storedMessages(database)).toMatchObject([{ status: 'sent', state: 'sent' }]);
    });

    it('waiting for a configuration is no attempt, and what was seen in time is sent when there is one', async () => {
      const { clock, database } = await begin();
      const hook = await httpPeer((response) => void response.writeHead(200).end());
      await queueRows(database, [{ channel: 'webhook' }]);
      await makeOurs(database);
      expect(await outboxFor(database, undefined).deliver()).toMatchObject({ unconfigured: { webhook: 1 } });
      clock.advance(5 * 86_400_000);
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
      expect(await outbox.deliver()).toMatchObject({ held: 0, sent: 1 });
      expect(hook.received).toHaveLength(1);
    });
  });
});

/** Takes over what OpsDeck has queued, and sends nothing. */
async function adopt(database: OpenDatabase): Promise<void> {
  await outboxFor(database, 1).deliver(AbortSignal.abort());
}

interface LoggedAction {
  readonly actor: string;
  readonly action: string;
  readonly before: unknown;
}

async function actions(database: OpenDatabase): Promise<readonly LoggedAction[]> {
  const { rows } = await sql<LoggedAction>`
    select actor, action, before from opsdeck_jobs.action_log order by id`.execute(database.db);
  return rows;
}
