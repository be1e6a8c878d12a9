import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../../bin/command-line.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { mailPeer, reply } from '../../notify/channels/mail-peer.ts';
import { closedPort, httpPeer, tcpPeer } from '../../notify/channels/peers.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { memoryIo } from '../../support/memory-io.ts';
import { environmentFor, visit } from '../../support/program-database.ts';
import { makeOurs, outboxFor, queueRows, storedMessages } from './outbox.ts';

const today = new Date().toISOString().slice(0, 10);
const minute = 60_000;

/** Takes each mail as a server does, and closes the connection instead of confirming it. */
async function closesBeforeItsReply() {
  let taken = 0;
  const peer = await tcpPeer((socket) => {
    socket.write('220 there\r\n');
    let rest = '';
    let inMail = false;
    socket.on('data', (data) => {
      rest += String(data);
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (inMail && line === '.') {
          taken += 1;
          socket.destroy();
        } else if (line === 'DATA') {
          inMail = true;
          socket.write('354 go\r\n');
        } else if (!inMail) socket.write('250 ok\r\n');
      }
    });
  });
  return { port: peer.port, taken: () => taken };
}

onEachDatabase((harness) => {
  const begin = async (rows: Parameters<typeof queueRows>[1]) => {
    const config = await harness.config();
    const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-success-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await visit(config, async (database) => {
      await queueRows(database, rows, today);
      await makeOurs(database);
    });
    return async (env: Readonly<Record<string, string>>, file: JsonObject = {}) => {
      const OPSDECK_JOBS_CONFIG = join(folder, 'config.json');
      await writeFile(OPSDECK_JOBS_CONFIG, JSON.stringify(file));
      const memory = memoryIo({
        env: { ...environmentFor(config), OPSDECK_JOBS_CONFIG, ...env },
        cwd: folder,
      });
      const code = await runCommandLine(['run-job', 'communications'], memory.io);
      return { code, stdout: memory.stdout(), stderr: memory.stderr() };
    };
  };
  const mailTo = (port: number) => ({
    ...{ SMTP_SERVER: 'localhost', SMTP_PORT: String(port) },
    ...{ OPSDECK_JOBS_SMTP_STARTTLS: 'off', OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org' },
  });
  const nobody = expect.stringContaining('0 of 4 due messages sent');

  it('due messages that could not be sent are counted: login refused, delivery off, server away', async () => {
    const mails = await begin([{}, {}, {}, {}]);
    const refusing = await mailPeer({
      ...{ disabledCommands: ['STARTTLS'], allowInsecureAuth: true, authOptional: false },
      onAuth: (_, __, callback) => callback(reply(535, '5.7.8 Error: authentication failed')),
    });
    const login = {
      ...mailTo(refusing.port),
      EMAIL_USERNAME: 'opsdeck@example.org',
      EMAIL_PASSWORD: 'wrong',
    };
    // The second run is inside the waiting time: it tries nothing, and is no success.
    for (let runs = 0; runs < 2; runs += 1)
      expect(await mails(login)).toMatchObject({ code: 1, stdout: nobody });
    expect(await mails({ ...login, OPSDECK_JOBS_DELIVERY: 'off' })).toMatchObject({
      code: 0,
      stdout: nobody,
    });

    const others = await begin([{}, {}, {}, {}]);
    const away = mailTo(await closedPort());
    for (let runs = 0; runs < 2; runs += 1)
      expect(await others(away)).toMatchObject({ code: 6, stdout: nobody });
  });

  it('webhooks that were refused wait beside mails: counted, and no success of the run in between', async () => {
    const both = await begin([{ channel: 'webhook', to: null }, { channel: 'webhook', to: null }, {}, {}]);
    const broken = await httpPeer((response) => response.writeHead(503).end());
    const later = await mailPeer({
      onRcptTo: (_, __, callback) => callback(reply(451, '4.7.1 Greylisted')),
    });
    const env = { ...mailTo(later.port), WEBHOOK_URL: broken.url };
    const file = { allow_private_destinations: true };
    for (let runs = 0; runs < 2; runs += 1) {
      expect(await both(env, file)).toMatchObject({
        ...{ code: 1, stdout: nobody },
        stderr: expect.stringContaining('0 of 2 messages could be sent. [nothing_sent]'),
      });
    }
    expect(broken.received).toHaveLength(2);
    expect(await both(env, { ...file, channels: { webhook: 'off' } })).toMatchObject({
      code: 0,
      stdout: nobody,
    });
  });

  it('more than 5 mails and more than a tenth that failed for good fail the run; 5 do not', async () => {
    const gone = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ to: `gone${at}@example.org` }));
    const peer = await mailPeer({
      onRcptTo: ({ address }, _, callback) =>
        callback(address.startsWith('gone') ? reply(550, '5.1.1 User unknown') : null),
    });
    const five = await begin([...gone(5), {}]);
    expect(await five(mailTo(peer.port))).toMatchObject({ code: 0 });
    const six = await begin([...gone(6), {}]);
    expect(await six(mailTo(peer.port))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('6 of 7 mails failed for good. [many_mails_failed]'),
    });
  });

  it('a server that takes a mail and closes before its reply: once more, marked; the second time a person decides', async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    const peer = await closesBeforeItsReply();
    await queueRows(database, [{}]);
    const { deliver } = outboxFor(database, peer.port);
    expect(await deliver()).toMatchObject({ sent: 0, postponed: 1, unknown: 0 });
    expect(await storedMessages(database)).toMatchObject([
      { state: 'queued', possible_repeat: true, retry_count: 1 },
    ]);
    clock.advance(15 * minute);
    expect(await deliver()).toMatchObject({ sent: 0, postponed: 0, unknown: 1 });
    clock.advance(60 * minute);
    expect(await deliver()).toMatchObject({ sent: 0, unknown: 0 });
    expect(await storedMessages(database)).toMatchObject([
      { state: 'unknown', parked: true, status: 'pending' },
    ]);
    expect(peer.taken()).toBe(2);
  });

  it('a connection that closes before a mail is begun uses no attempt of that mail', async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });

    const peer = await tcpPeer((socket) => {
      socket.end('220 there\r\n');
    });
    await queueRows(database, [{}, {}]);
    const { deliver } = outboxFor(database, peer.port);
    for (let runs = 0; runs < 4; runs += 1) {
      expect(await deliver()).toMatchObject({ sent: 0, failed: 0, away: [{ code: 'server_away' }] });
      clock.advance(31 * minute);
    }
    for (const message of await storedMessages(database)) {
      expect(message).toMatchObject({ state: 'queued', retry_count: 0, possible_repeat: false });
    }
  });
});
