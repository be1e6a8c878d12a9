import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { claimMessages } from '../../../src/notify/outbox/claim-messages.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { closedPort, httpPeer } from '../../notify/channels/peers.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { makeOurs, newOutboxDatabase, outboxFor, queueRows, storedMessages } from './outbox.ts';

const noon = '2026-11-24T12:00:00Z';

onEachDatabase((harness) => {
  const begin = async (at = noon) => {
    const clock = fakeClock(at);
    return { clock, database: await newOutboxDatabase(harness, clock) };
  };

  describe('the outbox', () => {
    it('sends what is due, once, and records it where OpsDeck looks', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [
        { subject: 'Due', body: '<p>For {{ recipient_name }}, {{ today }}</p>' },
        { subject: 'Tomorrow', scheduled: '2026-11-25' },
        { subject: 'Sent before', status: 'sent' },
      ]);
      await sql`insert into notification_setting (email_recipient) values (' IT@example.org ')`.execute(
        database.db,
      );
      const outbox = outboxFor(database, peer.port);
      expect(await outbox.deliver()).toMatchObject({ adopted: 1, sent: 1, sent_by: { email: 1 } });
      expect(await outbox.deliver()).toMatchObject({ adopted: 0, sent: 0 });
      expect(peer.mails.map(({ parsed }) => [parsed.subject, parsed.text?.trim()])).toEqual([
        ['Due', 'For Ana, 2026-11-24'],
      ]);
      // Answers go to OpsDeck's fallback recipient, as nothing else is configured.
      expect(peer.mails[0]?.parsed.replyTo?.text).toBe('it@example.org');
      expect(await storedMessages(database)).toMatchObject([
        { status: 'sent', parked: false, retry_count: 0, state: 'sent' },
        { status: 'pending', state: null },
        { status: 'sent', state: null },
      ]);
      const { rows } = await sql<{ sent_at: string }>`
        select sent_at::text from scheduled_communication where sent_at is not null`.execute(database.db);
      expect(rows).toHaveLength(1);
    });

    it('what can never be sent fails at once with its reason, and blocks no other message', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [
        { to: null },
        { to: 'not an address' },
        { template: 'none' },
        { template: 'inactive' },
        { channel: 'pigeon' },
        { targetType: 'campaign', targetId: 4711 },
        { body: '{{ broken' },
        { subject: 'Good' },
      ]);
      const report = await outboxFor(database, peer.port).deliver();
      expect(report).toMatchObject({
        sent: 1,
        failed: 1,
        refused: {
          no_recipient: 2,
          template_missing: 1,
          template_inactive: 1,
          unknown_channel: 1,
          campaign_missing: 1,
        },
        reasons: { template_error: 1 },
      });
      const stored = await storedMessages(database);
      expect(stored.map(({ status }) => status)).toEqual([...Array(7).fill('failed'), 'sent']);
      expect(stored.slice(0, 7).every(({ error_message }) => (error_message ?? '') !== '')).toBe(true);
    });

    it('a refusal for now waits 10, then 20 minutes, and is final the third time', async () => {
      const { clock, database } = await begin();
      const hook = await httpPeer((response) => void response.writeHead(503).end());
      await queueRows(database, [{ channel: 'webhook' }]);
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
      expect(await outbox.deliver()).toMatchObject({ postponed: 1 });
      const [first] = await storedMessages(database);
      expect(first).toMatchObject({ status: 'pending', parked: true, retry_count: 1, state: 'queued' });
      const wait = (first?.next_attempt_at?.getTime() ?? 0) - clock.now().getTime();
      expect(wait).toBeGreaterThanOrEqual(600_000);
      expect(wait).toBeLessThanOrEqual(660_000);
      expect(await outbox.deliver()).toMatchObject({ postponed: 0, sent: 0 });
      clock.advance(660_001);
      expect(await outbox.deliver()).toMatchObject({ postponed: 1 });
      clock.advance(1_320_001);
      expect(await outbox.deliver()).toMatchObject({ failed: 1 });
      expect(await storedMessages(database)).toMatchObject([
        { status: 'failed', parked: false, retry_count: 3, state: 'failed' },
      ]);
    });

    it('a mail server that is away costs no attempt, and is tried once in a run', async () => {
      const { database } = await begin();
      await queueRows(database, [{}, {}, {}]);
      const report = await outboxFor(database, await closedPort()).deliver();
      expect(report).toMatchObject({ sent: 0, failed: 0, away: [{ channel: 'email', code: 'server_away' }] });
      expect((await storedMessages(database)).every(({ retry_count: count }) => count === 0)).toBe(true);
    });

    it('what was queued long ago is put on hold, out of the reach of both dispatchers', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [{ scheduled: '2026-11-20' }, { scheduled: '2026-11-23' }]);
      expect(await outboxFor(database, peer.port).deliver()).toMatchObject({ held: 1, sent: 1 });
      expect(await storedMessages(database)).toMatchObject([
        { status: 'pending', parked: true, state: 'held' },
        { status: 'sent' },
      ]);
    });

    it('what nothing can be sent through is left to OpsDeck; the others go on', async () => {
      const { database } = await begin();
      await queueRows(database, [{}, { channel: 'webhook' }, { channel: 'slack', to: null }]);
      const hook = await httpPeer((response) => void response.writeHead(204).end());
      const report = await outboxFor(database, undefined, {
        channels: { webhook: { url: hook.url } },
      }).deliver();
      expect(report).toMatchObject({
        sent: 1,
        sent_by: { webhook: 1 },
        left_to_opsdeck: { email: 1, slack: 1, webhook: 0 },
        adopted: 1,
        failed: 0,
      });
      expect(JSON.parse(hook.received[0]?.body ?? '')).toMatchObject({
        event: 'ASSET',
        data: { subject: 'Hello' },
      });
      expect(
        (await storedMessages(database)).map(({ status, retry_count }) => [status, retry_count]),
      ).toEqual([
        ['pending', 0],
        ['sent', 0],
        ['pending', 0],
      ]);
    });

    it('a sender that was killed: a webhook goes again, a mail once more and marked, Slack is shown for a decision', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      const hook = await httpPeer((response) => void response.writeHead(200).end());
      await queueRows(database, [{}, { channel: 'webhook' }, { channel: 'slack' }]);
      await makeOurs(database);
      await sql`
        update opsdeck_jobs.message
           set state = 'sending', attempts = 1, begun_at = now(), lease_owner = gen_random_uuid(), lease_until = now() - interval '1 second'`.execute(
        database.db,
      );
      const report = await outboxFor(database, peer.port, {
        channels: { webhook: { url: hook.url } },
      }).deliver();
      expect(report).toMatchObject({ recovered: { requeued: 2, unknown: 1 }, sent: 2 });
      expect(peer.mails[0]?.parsed.text).toMatch(/before|twice|already/i);
      expect(await storedMessages(database)).toMatchObject([
        { status: 'sent', possible_repeat: true },
        { status: 'sent' },
        { status: 'pending', parked: true, state: 'unknown' },
      ]);
    });

    it('a sender that was killed before it began: every message is as it was, none is doubtful or marked', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      const hook = await httpPeer((response) => void response.writeHead(200).end('ok'));
      await queueRows(database, [{}, { channel: 'webhook' }, { channel: 'slack', to: null }]);
      await makeOurs(database);
      const { rows } = await sql<{ id: string }>`select id from opsdeck_jobs.message`.execute(database.db);
      await claimMessages(
        database.db,
        '5b0c6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
        rows.map(({ id }) => id),
      );
      await sql`update opsdeck_jobs.message set lease_until = now() - interval '1 second'`.execute(
        database.db,
      );
      const report = await outboxFor(database, peer.port, {
        channels: { webhook: { url: hook.url }, slack: { webhookUrl: `${hook.url}/slack` } },
      }).deliver();
      expect(report).toMatchObject({ recovered: { requeued: 3, unknown: 0 }, sent: 3 });
      expect(peer.mails[0]?.parsed.text).not.toMatch(/before/);
      const kept = await sql<{ attempts: number; possible_repeat: boolean }>`
        select distinct attempts, possible_repeat from opsdeck_jobs.message`.execute(database.db);
      expect(kept.rows).toEqual([{ attempts: 1, possible_repeat: false }]);
    });

    it('what is marked as begun is on its way, next in line or just being recorded: no more than six mails for a connection', async () => {
      const { database } = await begin();
      const counts: number[] = [];
      const peer = await mailPeer({
        onRcptTo: (_address, _session, done) => {
          void sql<{ count: number }>`
            select count(*)::integer as count from opsdeck_jobs.message where state = 'sending' and begun_at is not null
              and finished_at is null`
            .execute(database.db)
            .then(({ rows }) => counts.push(rows[0]?.count ?? 0))
            .then(() => done(null), done);
        },
      });
      await queueRows(
        database,
        Array.from({ length: 60 }, (_, at) => ({ to: `person${at}@example.org` })),
      );
      expect(await outboxFor(database, peer.port).deliver()).toMatchObject({ sent: 60 });
      expect(counts).toHaveLength(60);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...counts)).toBeLessThanOrEqual(30);
    });

    it('what OpsDeck cancelled meanwhile is not sent', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [{}]);
      await makeOurs(database);
      await sql`update scheduled_communication set status = 'cancelled'`.execute(database.db);
      expect(await outboxFor(database, peer.port).deliver()).toMatchObject({ cancelled: 1, sent: 0 });
      expect(peer.mails).toEqual([]);
    });

    it('a copy of production: redirected mail goes to one address, the other channels nowhere; off sends nothing', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      const hook = await httpPeer((response) => void response.writeHead(200).end());
      await queueRows(database, [{ to: 'boss@example.org' }, { channel: 'webhook' }]);
      const off = { delivery: { kind: 'off' } } as const;
      expect(await outboxFor(database, peer.port, off).deliver()).toMatchObject({ mode: 'off', adopted: 0 });
      const redirect = {
        delivery: { kind: 'redirect', address: 'tester@example.org' },
        channels: { webhook: { url: hook.url } },
      } as const;
      await outboxFor(database, peer.port, redirect).deliver();
      expect(peer.mails.map(({ to, parsed }) => [to, parsed.subject])).toEqual([
        [['tester@example.org'], '[to boss@example.org] Hello'],
      ]);
      expect(hook.received).toEqual([]);
      expect((await storedMessages(database)).map(({ status }) => status)).toEqual(['sent', 'cancelled']);
    });

    it('a destination that keeps failing is paused, and a gone one switched off; other destinations go on', async () => {
      const { clock, database } = await begin();
      const away = await httpPeer((response) => void response.writeHead(503).end());
      const gone = await httpPeer((response) => void response.writeHead(410).end());
      const good = await httpPeer((response) => void response.writeHead(200).end());
      const { rows } = await sql<{ id: number }>`
        insert into event_rule (name, entity_type, webhook_url)
        values ('Gone', 'Asset', ${gone.url}), ('Good', 'Asset', ${good.url}) returning id`.execute(
        database.db,
      );
      const [toGone, toGood] = rows.map(({ id }) => ({
        channel: 'webhook',
        targetType: 'Asset',
        eventRuleId: id,
      }));
      await queueRows(database, [
        ...Array.from({ length: 8 }, () => ({ channel: 'webhook' })),
        ...(toGone === undefined || toGood === undefined ? [] : [toGone, toGood]),
      ]);
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: away.url } } });
      expect(await outbox.deliver()).toMatchObject({ sent: 1, failed: 1, reasons: { gone: 1 } });
      const tried = away.received.length;
      expect(tried).toBeGreaterThanOrEqual(5);
      await queueRows(database, [{ channel: 'webhook' }, { ...toGone }, { ...toGood }]);
      clock.advance(60_000);
      expect(await outbox.deliver()).toMatchObject({
        paused: 1,
        sent: 1,
        failed: 1,
        reasons: { destination_off: 1 },
      });
      expect(away.received).toHaveLength(tried);
      expect(gone.received).toHaveLength(1);
      expect(good.received).toHaveLength(2);
      const destinations = await sql<{ paused: boolean; off: boolean }>`
        select paused_until is not null as paused, switched_off_at is not null as off
          from opsdeck_jobs.destination order by off`.execute(database.db);
      expect(destinations.rows).toEqual([
        { paused: true, off: false },
        { paused: false, off: true },
      ]);
    });
  });
});

onPostgres((harness) => {
  it('several senders at once: no message twice, none left', async () => {
    const clock = fakeClock(noon);
    const database = await harness.fresh({ clock });
    const peer = await mailPeer({});
    await queueRows(
      database,
      Array.from({ length: 120 }, (_, at) => ({ subject: `n${at}`, to: `person${at % 40}@example.org` })),
    );
    const senders = [
      database,
      await harness.second(database, { clock }),
      await harness.second(database, { clock }),
    ];
    const reports = await Promise.all(senders.map((one) => outboxFor(one, peer.port).deliver()));
    expect(reports.reduce((sum, { sent }) => sum + sent, 0)).toBe(120);
    expect(new Set(peer.mails.map(({ parsed }) => parsed.subject)).size).toBe(120);
    expect(peer.mails).toHaveLength(120);
  });
});
