import { createServer } from 'node:net';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPinger } from '../../src/notify/ping.ts';
import { pingAddress } from '../../src/notify/ping-address.ts';
import { noProxies } from '../support/no-proxies.ts';
import { startPingServer } from '../support/ping-server.ts';

const runId = '5b8e8b1e-9c0e-4d5b-8f0a-0a6f3f9c1d2e';
const run = (url: string, id = runId) => ({ job: 'sweep', runId: id, url, proxies: noProxies });

function pinger() {
  const lines: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => lines.push(line) });
  const record = z.looseObject({ level: z.number() });
  const warnings = () =>
    lines.map((line) => record.parse(JSON.parse(line))).filter(({ level }) => level >= 40);
  return { ...createPinger({ logger }), lines, warnings };
}

describe('the address of a ping', () => {
  it.each([
    ['https://hc.example/u', 'start', 'https://hc.example/u/start?rid=R'],
    ['https://hc.example/u', 'success', 'https://hc.example/u?rid=R'],
    ['https://hc.example/u/', 'fail', 'https://hc.example/u/fail?rid=R'],
    [
      'https://hc.example/k/slug?create=1&x=a%20b',
      'fail',
      'https://hc.example/k/slug/fail?create=1&x=a%20b&rid=R',
    ],
    ['https://hc.example/u?', 'start', 'https://hc.example/u/start?rid=R'],
    ['https://hc.example/u#top', 'start', 'https://hc.example/u/start?rid=R'],
    ['http://hc.example', 'start', 'http://hc.example/start?rid=R'],
  ] as const)('%s, %s', (address, kind, url) => {
    expect(pingAddress(address, kind, 'R').href).toBe(url);
  });

  it('a user and password in it go into a header, not into the request line', async () => {
    const server = await startPingServer();
    const { started, flush } = pinger();
    started(run(server.url.replace('://', '://ana:p%40ss@'), 'A'));
    await flush(60_000);
    expect(server.received).toMatchObject([
      {
        path: '/ping/0f3c1a/start?rid=A',
        authorization: `Basic ${Buffer.from('ana:p@ss').toString('base64')}`,
      },
    ]);
  });
});

describe('pings', () => {
  it('report the start, then the end with a text, of success or of failure', async () => {
    const server = await startPingServer();
    const { started, ended, flush, lines } = pinger();
    started(run(server.url, 'A'));
    ended(run(server.url, 'A'), true, 'succeeded in 2s', []);
    await flush(60_000);
    started(run(server.url, 'B'));
    ended(run(server.url, 'B'), false, 'timed out: too long', ['x'.repeat(9_990), 'one', 'two']);
    await flush(60_000);
    expect(server.received.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', '/ping/0f3c1a/start?rid=A', ''],
      ['POST', '/ping/0f3c1a?rid=A', 'succeeded in 2s'],
      ['GET', '/ping/0f3c1a/start?rid=B', ''],
      ['POST', '/ping/0f3c1a/fail?rid=B', 'timed out: too long\n\none\ntwo'],
    ]);
    expect(lines).toEqual([]);
  });

  it('a server that stumbles is asked once more, without an alert', async () => {
    const server = await startPingServer((_, number) => (number === 0 ? 503 : 200));
    const { started, flush, lines } = pinger();
    started(run(server.url));
    await flush(60_000);
    expect(server.received).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  it('an address that is refused is not asked again; one warning a run, which names the job and not the address', async () => {
    const server = await startPingServer(() => 404);
    const { started, ended, flush, lines, warnings } = pinger();
    started(run(server.url));
    ended(run(server.url), true, 'succeeded', []);
    await flush(60_000);
    expect(server.received).toHaveLength(2);
    expect(warnings()).toMatchObject([
      {
        'event.action': 'ping.failed',
        'event.outcome': 'failure',
        'labels.job': 'sweep',
        'labels.run_id': runId,
        'labels.ping': 'start',
        msg: 'the ping of sweep (start) did not arrive: it answered 404',
      },
    ]);
    expect(lines.join('')).not.toMatch(/0f3c1a|127\.0\.0\.1/);
  });

  it('a redirect is not followed: the address may not leave the server that was named', async () => {
    const server = await startPingServer(() => 302);
    const { started, flush, warnings } = pinger();
    started(run(server.url));
    await flush(60_000);
    expect(server.received).toHaveLength(1);
    expect(warnings()).toHaveLength(1);
  });

  it('a server that is not there is a warning without its address', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const address = gone.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => gone.close(resolve));
    const { started, flush, lines, warnings } = pinger();
    started(run(`http://127.0.0.1:${port}/secret-path`));
    await flush(60_000);
    expect(warnings()).toMatchObject([
      { msg: 'the ping of sweep (start) did not arrive: the request failed (ECONNREFUSED)' },
    ]);
    expect(lines.join('')).not.toMatch(/secret-path|127\.0\.0\.1/);
  });

  it('the end is sent although the start hangs, and after it', async () => {
    const server = await startPingServer(({ path }) => (path.includes('/start') ? null : 200));
    const { started, ended, flush } = pinger();
    started(run(server.url));
    await server.receivedAtLeast(1);
    ended(run(server.url), true, 'succeeded', []);
    await flush(60_000);
    expect(server.received.map(({ path }) => path.split('?')[0])).toEqual([
      '/ping/0f3c1a/start',
      '/ping/0f3c1a',
    ]);
  });

  it('flush waits for a server that hangs no longer than its limit, and leaves no socket', async () => {
    const server = await startPingServer(() => null);
    const { started, flush, warnings } = pinger();
    started(run(server.url));
    await server.receivedAtLeast(1);
    await flush(1);
    expect(warnings()).toMatchObject([{ msg: expect.stringContaining('it did not answer in time') }]);
    expect(server.received).toHaveLength(1);
    while ((await server.connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('can be used again after a flush, and flush without pings does nothing', async () => {
    const server = await startPingServer();
    const { started, flush } = pinger();
    await flush(1);
    started(run(server.url, 'A'));
    await flush(60_000);
    started(run(server.url, 'B'));
    await flush(60_000);
    expect(server.received).toHaveLength(2);
  });

  it('an address that cannot be used is a warning, never an error', async () => {
    const { started, ended, flush, warnings } = pinger();
    started(run('http://%zz:x@127.0.0.1:1/u'));
    ended(run('http://%zz:x@127.0.0.1:1/u'), false, 'failed', []);
    await flush(60_000);
    expect(warnings()).toHaveLength(1);
  });
});
