import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServiceNotifier } from '../../src/service/systemd.ts';
import { hasDatagrams, receiveDatagrams } from '../support/datagram-receiver.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-notify-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function logger() {
  const lines: string[] = [];
  return { lines, logger: pino({ base: null }, { write: (line: string) => lines.push(line) }) };
}

const path = process.env['PATH'];

describe.skipIf(!hasDatagrams)('what systemd receives', () => {
  async function begin(env: Readonly<Record<string, string>> = {}) {
    const socket = join(folder, 'notify');
    const received = await receiveDatagrams(socket);
    const log = logger();
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: socket, PATH: path, ...env }, log.logger);
    return { notifier, received, lines: log.lines };
  }

  it('that it is ready, what it does, and that it stops, in this order', async () => {
    const { notifier, received, lines } = await begin();
    void notifier.ready('running 3 jobs\non schedule');
    void notifier.status('2 of 8 jobs run');
    void notifier.stopping();
    expect((await received.next()).toSorted()).toEqual(['READY=1', 'STATUS=running 3 jobs on schedule']);
    expect(await received.next()).toEqual(['STATUS=2 of 8 jobs run']);
    expect((await received.next()).toSorted()).toEqual(['STATUS=stopping', 'STOPPING=1']);
    await notifier.stop();
    expect(lines).toEqual([]);
  });

  it('beats of the watchdog only while the loop goes round', async () => {
    const { notifier, received } = await begin({ WATCHDOG_USEC: '20000', WATCHDOG_PID: String(process.pid) });
    let asked = 0;
    // Alive, then not for a while, then alive again.
    notifier.watch(() => {
      asked += 1;
      if (asked === 2) void notifier.status('the loop hangs');
      return asked === 1 || asked > 5;
    });
    expect(await received.next()).toEqual(['WATCHDOG=1']);
    expect(await received.next()).toEqual(['STATUS=the loop hangs']);
    expect(await received.next()).toEqual(['WATCHDOG=1']);
    expect(asked).toBeGreaterThan(5);
    await notifier.stop();
    const beatsWhenStopped = asked;
    await notifier.status('after');
    for (let message = await received.next(); message[0] !== 'STATUS=after'; )
      message = await received.next();
    expect(asked).toBe(beatsWhenStopped);
  });

  it('a message that did not arrive does not end the later ones', async () => {
    const socket = join(folder, 'notify');
    const log = logger();
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: socket, PATH: path }, log.logger);
    await notifier.status('nobody listens yet');
    await notifier.status('nor now');
    expect(log.lines).toHaveLength(1);
    const received = await receiveDatagrams(socket);
    await notifier.status('now somebody does');
    expect(await received.next()).toEqual(['STATUS=now somebody does']);
  });

  it('nothing of the watchdog where it watches another process, or none', async () => {
    for (const env of [
      {},
      { WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' },
      { WATCHDOG_USEC: '0' },
      { WATCHDOG_USEC: 'x' },
    ]) {
      const notifier = createServiceNotifier(
        { NOTIFY_SOCKET: join(folder, 'none'), PATH: path, ...env },
        logger().logger,
      );
      notifier.watch(() => {
        throw new Error('nobody should ask');
      });
      await notifier.stop();
    }
  });
});

describe('without systemd', () => {
  it('nothing is sent, started or logged', async () => {
    const log = logger();
    const notifier = createServiceNotifier({ PATH: '/nowhere', WATCHDOG_USEC: '1000' }, log.logger);
    notifier.watch(() => true);
    await notifier.ready('x');
    await notifier.stopping();
    await notifier.stop();
    expect(log.lines).toEqual([]);
  });

  it('a systemd-notify that is missing is one warning, and the daemon goes on', async () => {
    const log = logger();
    const notifier = createServiceNotifier({ NOTIFY_SOCKET: join(folder, 'none'), PATH: folder }, log.logger);
    await notifier.ready('x');
    await notifier.stopping();
    await notifier.stop();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('service.notify');
  });
});
