import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { mailPeer, reply } from '../../notify/channels/mail-peer.ts';
import { httpPeer } from '../../notify/channels/peers.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { outboxFor, queueRows } from './outbox.ts';

const plain = { disabledCommands: ['STARTTLS', 'AUTH'] };
const minute = 60_000;

const mails = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ to: `p${at}@d${at % 3}.example.org` }));

onEachDatabase((harness) => {
  const begin = async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    return { clock, database: await harness.fresh({ clock }) };
  };
  const states = async (database: OpenDatabase) => {
    const { rows } = await sql<{ state: string; failures: number; count: number }>`
      select state, failures, count(*)::integer as count from opsdeck_jobs.message group by 1, 2 order by 1, 2`.execute(
      database.db,
    );
    return rows;
  };

  it('a server with 3 connections and 10 mails a second, which answers 432 and 421 beyond: 60 mails arrive once, none fails', async () => {
    const { clock, database } = await begin();
    let open = 0;
    let most = 0;
    let second = 0;
    let inSecond = 0;
    const peer = await mailPeer({
      ...plain,
      onConnect: (_, callback) => {
        open += 1;
        most = Math.max(most, open);
        callback();
      },
      onClose: () => {
        open -= 1;
      },
      onMailFrom: (_, __, callback) => {
        if (open > 3) return callback(reply(432, '4.3.2 Concurrent connections limit exceeded'));
        const now = Math.floor(performance.now() / 1000);
        inSecond = now === second ? inSecond + 1 : 1;
        second = now;
        callback(inSecond > 10 ? reply(421, '4.7.0 Too many messages, try again later') : null);
      },
    });
    await queueRows(database, mails(60));
    const { deliver } = outboxFor(database, peer.port);
    let runs = 0;
    for (let sent = 0; sent < 60 && runs < 30; runs += 1) {
      sent += (await deliver()).sent;
      clock.advance(35 * minute);
    }
    // After its 421 the server closes; a mail that was just being handed to that connection counts as tried, and is sent later.
    const found = await states(database);
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['sent']));
    expect(found.find(({ failures }) => failures === 0)?.count).toBeGreaterThan(50);
    expect(new Set(peer.mails.map(({ to }) => to[0])).size).toBe(60);
    expect(peer.mails).toHaveLength(60);
    expect(most).toBeLessThanOrEqual(3);
    expect(runs).toBeGreaterThan(1);
  });

  it('a sender that is refused after DATA loses no mail: the channel stops, and the next run begins with one', async () => {
    const { database } = await begin();
    let refuses = true;
    let tried = 0;
    const peer = await mailPeer({
      ...plain,
      onRcptTo: (_, __, callback) => {
        tried += 1;
        callback(
          refuses ? reply(550, '5.7.60 SMTP; Client does not have permissions to send as this sender') : null,
        );
      },
    });
    await queueRows(database, mails(30));
    const { deliver } = outboxFor(database, peer.port);
    expect(await deliver()).toMatchObject({
      ...{ sent: 0, failed: 0 },
      away: [{ channel: 'email', code: 'sender_refused', next: expect.stringContaining('MAIL_FROM') }],
    });
    expect(tried).toBeLessThanOrEqual(6);
    tried = 0;
    await deliver();
    // Those that were refused wait a little; one of the others is tried.
    expect(tried).toBe(1);
    expect(await states(database)).toEqual([{ state: 'queued', failures: 0, count: 30 }]);
    refuses = false;
    const { away, sent } = await deliver();
    expect(away).toEqual([]);
    expect(sent).toBeGreaterThan(20);
    expect((await sql`select code from opsdeck_jobs.channel`.execute(database.db)).rows).toEqual([
      { code: null },
    ]);
  });

  it('a run that tries nothing, or delivers by another channel only, reports that mail does not work', async () => {
    const { database } = await begin();
    let tried = 0;
    const peer = await mailPeer({
      ...plain,
      onMailFrom: (_, __, callback) => {
        tried += 1;
        callback(reply(530, '5.7.57 Client not authenticated to send mail'));
      },
    });
    const hook = await httpPeer((response) => void response.writeHead(204).end());
    await queueRows(database, [{}]);
    const { environment } = outboxFor(database, peer.port);
    const mailSettings = {
      ...environment.config.channels['email'],
      ...{ server: 'localhost', port: peer.port, starttls: 'off', from: 'opsdeck@example.org' },
    };
    const { deliver } = outboxFor(database, peer.port, {
      channels: { email: mailSettings, webhook: { url: hook.url } },
    });
    const away = [{ channel: 'email', code: 'sender_refused' }];
    expect(await deliver()).toMatchObject({ sent: 0, away });
    await queueRows(database, [{ channel: 'webhook' }]);
    expect(await deliver()).toMatchObject({ sent: 1, away });
    expect(await deliver()).toMatchObject({ sent: 0, away });
    expect(tried).toBe(1);
  });

  it('a server that is busy is left alone for a minute, then for two, and nothing fails', async () => {
    const { clock, database } = await begin();
    let asked = 0;
    const peer = await mailPeer({
      ...plain,
      onMailFrom: (_, __, callback) => {
        asked += 1;
        callback(reply(451, '4.7.500 Server busy'));
      },
    });
    await queueRows(database, mails(10));
    const { deliver } = outboxFor(database, peer.port);
    const askedBy = async () => {
      asked = 0;
      expect(await deliver()).toMatchObject({ away: [{ code: 'server_busy' }] });
      return asked;
    };
    expect(await askedBy()).toBeGreaterThan(0);
    expect(await askedBy()).toBe(0);
    clock.advance(1.1 * minute);
    expect(await askedBy()).toBe(1);
    clock.advance(1.1 * minute);
    expect(await askedBy()).toBe(0);
    clock.advance(minute);
    expect(await askedBy()).toBe(1);
    expect(await states(database)).toEqual([{ state: 'queued', failures: 0, count: 10 }]);
  });

  it('the same refusal for five recipients of two domains pauses the channel; unknown users do not', async () => {
    const { database } = await begin();
    let code = '5.1.1 User unknown';
    const peer = await mailPeer({
      ...plain,
      onRcptTo: ({ address }, _, callback) => callback(reply(550, `${code}: <${address}>`)),
    });
    await queueRows(database, mails(8));
    const { deliver } = outboxFor(database, peer.port);
    expect(await deliver()).toMatchObject({ failed: 8, away: [] });
    code = '5.7.1 Blocked';
    await queueRows(database, mails(30));
    const report = await deliver();
    expect(report).toMatchObject({
      away: [{ code: 'many_refused', paused_until: '2026-11-24T12:10:00.000Z' }],
    });
    expect(report.failed).toBeLessThan(12);
  });

  it('a recipient that is put off for two days is tried until then, and the others go on', async () => {
    const { clock, database } = await begin();
    const peer = await mailPeer({
      ...plain,
      onRcptTo: ({ address }, _, callback) =>
        callback(address.startsWith('later') ? reply(452, '4.2.2 Mailbox full') : null),
    });
    await queueRows(database, [{ to: 'later@example.org' }, { to: 'ana@example.org' }]);
    const { deliver } = outboxFor(database, peer.port);
    expect(await deliver()).toMatchObject({ sent: 1, postponed: 1, failed: 0, away: [] });
    let tries = 1;
    for (let hours = 0; hours < 44; hours += 4) {
      clock.advance(240 * minute);
      tries += (await deliver()).postponed;
    }
    expect(tries).toBe(12);
    clock.advance(300 * minute);
    expect(await deliver()).toMatchObject({ failed: 1, reasons: { given_up: 1 } });
  });

  it.runIf(harness.kind === 'postgres')(
    'two senders of one database have no more connections together than one may have',
    async () => {
      const { clock, database } = await begin();
      const second = await harness.second(database, { clock });
      let open = 0;
      let most = 0;
      const peer = await mailPeer({
        ...plain,
        onConnect: (_, callback) => {
          open += 1;
          most = Math.max(most, open);
          callback();
        },
        onClose: () => {
          open -= 1;
        },
      });
      await queueRows(database, mails(40));
      const reports = await Promise.all([
        outboxFor(database, peer.port).deliver(),
        outboxFor(second, peer.port).deliver(),
      ]);
      expect(reports.reduce((sum, { sent }) => sum + sent, 0)).toBe(40);
      expect(peer.mails).toHaveLength(40);
      expect(most).toBeLessThanOrEqual(2);
    },
  );

  it('mails a minute are claimed evenly, and all of them go', async () => {
    const { database } = await begin();
    const peer = await mailPeer(plain);
    await queueRows(database, mails(6));
    const { environment } = outboxFor(database, peer.port);
    const email = {
      ...environment.config.channels['email'],
      server: 'localhost',
      port: peer.port,
      starttls: 'off',
    };
    const { deliver } = outboxFor(database, peer.port, {
      channels: { email: { ...email, from: 'opsdeck@example.org', perMinute: 1200 } },
    });
    expect(await deliver()).toMatchObject({ sent: 6 });
    // 20 a second at once; the next turn is a third of a second later.
    const { rows } = await sql<{ later: boolean }>`
      select next_turn_at is not null as later from opsdeck_jobs.channel where channel = 'email'`.execute(
      database.db,
    );
    expect(rows).toEqual([{ later: true }]);
  });
});
