import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpFault } from '../../../src/net/http-answer.ts';
import { outcomeOfFault, outcomeOfStatus } from '../../../src/notify/channels/http-outcome.ts';
import { closedPort, httpClient, httpPeer, namesResolving, tcpPeer } from './peers.ts';

const now = new Date('2026-11-24T09:30:00.000Z');
const short = { connectMs: 2000, headersMs: 5000, bodyMs: 5000, totalMs: 200 };
const request = (url: string, signal?: AbortSignal) => ({
  url: `${url}/s3cret-path?token=s3cret`,
  headers: { 'content-type': 'application/json' },
  body: '{}',
  ...(signal === undefined ? {} : { signal }),
});

function judge(answer: HttpAnswer | HttpFault) {
  const outcome =
    answer.kind === 'answer'
      ? outcomeOfStatus('the webhook', answer, now)
      : outcomeOfFault('the webhook', answer);
  expect(JSON.stringify(outcome)).not.toMatch(/s3cret|127\.0\.0\.1|localhost/);
  return outcome;
}

describe('what a status means', () => {
  it.each([
    [200, {}, { kind: 'sent' }],
    [202, {}, { kind: 'sent' }],
    [204, {}, { kind: 'sent' }],
    [302, { location: 'http://169.254.169.254/' }, { kind: 'failed', code: 'redirected' }],
    [400, {}, { kind: 'failed', code: 'refused' }],
    [404, {}, { kind: 'failed', code: 'refused' }],
    [408, {}, { kind: 'retry', code: 'refused_for_now', costsAttempt: true }],
    [410, {}, { kind: 'gone' }],
    [425, {}, { kind: 'retry', code: 'refused_for_now', costsAttempt: true }],
    [429, {}, { kind: 'retry', code: 'rate_limited', costsAttempt: true }],
    [429, { 'retry-after': '7' }, { kind: 'retry', costsAttempt: false, retryAfterMs: 7000 }],
    [
      503,
      { 'retry-after': 'Tue, 24 Nov 2026 09:31:30 GMT' },
      { kind: 'retry', costsAttempt: false, retryAfterMs: 90_000 },
    ],
    [503, { 'retry-after': 'Tue, 24 Nov 2020 09:31:30 GMT' }, { kind: 'retry', retryAfterMs: 0 }],
    [503, { 'retry-after': '99999999' }, { kind: 'retry', retryAfterMs: 86_400_000 }],
    [503, { 'retry-after': 'soon' }, { kind: 'retry', costsAttempt: true }],
    [500, {}, { kind: 'retry', code: 'refused_for_now', costsAttempt: true, mayHaveArrived: false }],
  ])('%i with %j', async (status, headers, expected) => {
    const peer = await httpPeer((response) => response.writeHead(status, headers).end('s3cret'));
    const outcome = judge(await httpClient().post(request(peer.url)));
    expect(outcome).toMatchObject(expected);
    // Nothing is followed and nothing is repeated here.
    expect(peer.received).toHaveLength(1);
  });

  it('sends what it is given, with a name that an operator recognises', async () => {
    const peer = await httpPeer((response) => response.end());
    await httpClient().post(request(peer.url));
    expect(peer.received[0]).toMatchObject({
      method: 'POST',
      path: '/s3cret-path?token=s3cret',
      body: '{}',
      headers: { 'content-type': 'application/json', 'user-agent': expect.stringMatching(/^opsdeck-jobs\//) },
    });
  });

  it('takes a login from the URL', async () => {
    const peer = await httpPeer((response) => response.end());
    await httpClient().post(request(peer.url.replace('//', '//ana:p%40ss%zz@')));
    expect(peer.received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('ana:p@ss%zz').toString('base64')}`,
    );
  });
});

describe('peers that misbehave', () => {
  it('a server that never answers is given up, and may have received the message', async () => {
    const peer = await httpPeer(() => {});
    const outcome = judge(await httpClient({ timeouts: short }).post(request(peer.url)));
    expect(outcome).toMatchObject({
      kind: 'retry',
      code: 'timed_out',
      costsAttempt: true,
      mayHaveArrived: true,
    });
  });

  it('an answer without an end is given up by the total time, and its status counts', async () => {
    const peer = await httpPeer((response) => {
      response.writeHead(200);
      response.write('x');
    });
    expect(judge(await httpClient({ timeouts: short }).post(request(peer.url)))).toEqual({ kind: 'sent' });
  });

  it('of a gigabyte 64 KB are read, then the connection is closed', async () => {
    const megabyte = Buffer.alloc(2 ** 20, 'x');
    let written = 0;
    const closing = new EventEmitter();
    const closed = once(closing, 'closed');
    const peer = await httpPeer((response) => {
      const write = () => {
        while (written < 2 ** 30 && response.write(megabyte)) written += megabyte.length;
        if (written < 2 ** 30) response.once('drain', write);
        else response.end();
      };
      response.on('close', () => closing.emit('closed'));
      write();
    });
    const answer = await httpClient().post(request(peer.url));
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
    expect(answer.kind === 'answer' && answer.body.length).toBe(64 * 1024);
    await closed;
    expect(written).toBeLessThan(2 ** 26);
  });

  it('a server that closes early may have received the message', async () => {
    const peer = await tcpPeer((socket) => socket.once('data', () => socket.destroy()));
    expect(judge(await httpClient().post(request(peer.url)))).toMatchObject({
      kind: 'retry',
      code: 'connection_lost',
      costsAttempt: true,
      mayHaveArrived: true,
    });
  });

  it('a body that breaks off changes nothing about the status', async () => {
    const peer = await httpPeer((response) => {
      response.writeHead(400, { 'content-length': '100' });
      response.write('x', () => response.destroy());
    });
    expect(judge(await httpClient().post(request(peer.url)))).toMatchObject({
      kind: 'failed',
      code: 'refused',
    });
  });

  it('something that is not HTTP is a lost connection', async () => {
    const peer = await tcpPeer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    expect(judge(await httpClient().post(request(peer.url)))).toMatchObject({ code: 'connection_lost' });
  });

  it('a port that no process listens on: nothing was sent', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    expect(judge(await httpClient().post(request(url)))).toEqual({
      kind: 'retry',
      code: 'server_away',
      reason: 'no connection to the webhook (ECONNREFUSED)',
      costsAttempt: true,
      mayHaveArrived: false,
    });
  });

  it('a name that does not exist: nothing was sent', async () => {
    const outcome = judge(await httpClient().post(request('http://s3cret.invalid')));
    expect(outcome).toMatchObject({ code: 'server_away', mayHaveArrived: false });
  });

  it('a server without TLS where https is asked for: nothing was sent', async () => {
    const peer = await httpPeer((response) => response.end());
    const outcome = judge(await httpClient().post(request(peer.url.replace('http:', 'https:'))));
    expect(outcome).toMatchObject({ code: 'tls_refused', mayHaveArrived: false });
    expect(peer.received).toEqual([]);
  });

  it.each(['', 'nonsense', 'ftp://example.com', 'file:///etc/passwd', 'javascript:0'])(
    '%j is no address',
    async (url) => {
      const answer = await httpClient().post({ url, headers: {}, body: '' });
      expect(judge(answer)).toMatchObject({ kind: 'failed', code: 'invalid_url' });
    },
  );

  it('the signal ends an attempt that is under way, and one that has not begun sends nothing', async () => {
    const peer = await httpPeer(() => {});
    const stop = new AbortController();
    const client = httpClient();
    const running = client.post(request(peer.url, stop.signal));
    await peer.arrival(0);
    stop.abort();
    expect(judge(await running)).toMatchObject({
      code: 'interrupted',
      costsAttempt: false,
      mayHaveArrived: true,
    });
    const late = await client.post(request(peer.url, stop.signal));
    expect(judge(late)).toMatchObject({ code: 'interrupted', costsAttempt: false, mayHaveArrived: false });
    expect(peer.received).toHaveLength(1);
  });
});

describe('a GET gives the whole body, or none', () => {
  const asked = (url: string) => ({ url, headers: { accept: 'application/json' }, longestBody: 100_000 });

  it('of more than 64 KB, with what was asked for', async () => {
    const body = 'x'.repeat(100_000);
    const peer = await httpPeer((response) => response.end(body));
    expect(await httpClient().get(asked(peer.url))).toMatchObject({ kind: 'answer', status: 200, body });
    expect(peer.received).toMatchObject([
      { method: 'GET', body: '', headers: { accept: 'application/json' } },
    ]);
  });

  it.each<[string, Parameters<typeof httpPeer>[0], object]>([
    ['one byte too many', (response) => response.end('x'.repeat(100_001)), { fault: 'too_long' }],
    [
      'a body that breaks off',
      (response) => response.write('x', () => response.destroy()),
      { fault: 'cut_off' },
    ],
    [
      'a body without an end',
      (response) => response.writeHead(200).write('x'),
      { fault: 'timed_out', requested: true },
    ],
  ])('%s', async (_, answer, fault) => {
    const peer = await httpPeer(answer);
    const client = httpClient();
    expect(await client.get({ ...asked(peer.url), totalMs: 300 })).toEqual({ kind: 'fault', ...fault });
  });

  it('is guarded as a message is, and aborted as one', async () => {
    const peer = await httpPeer(() => {});
    expect(await httpClient({ allowInternal: false }).get(asked(peer.url))).toMatchObject({
      fault: 'destination_refused',
    });
    expect(peer.received).toEqual([]);
    const stop = new AbortController();
    const running = httpClient().get({ ...asked(peer.url), signal: stop.signal });
    await peer.arrival(0);
    stop.abort();
    expect(await running).toMatchObject({ fault: 'aborted' });
  });
});

describe('where a message must not go', () => {
  const refused = { kind: 'failed', code: 'destination_refused' };

  it.each([
    'http://169.254.169.254',
    'http://[fe80::1]',
    'http://[::ffff:169.254.169.254]',
    'http://0.0.0.0:1',
    'http://2852039166',
    'http://0xa9.0xfe.0xa9.0xfe',
  ])('%s is refused although private networks are allowed', async (url) => {
    expect(judge(await httpClient().post(request(url)))).toMatchObject(refused);
  });

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '127.1', 'localhost', '10.0.0.1'])(
    '%s is refused unless private networks are allowed',
    async (host) => {
      const peer = await httpPeer((response) => response.end());
      const url = `http://${host}:${peer.port}`;
      expect(judge(await httpClient({ allowInternal: false }).post(request(url)))).toMatchObject(refused);
      expect(peer.received).toEqual([]);
    },
  );

  it('a harmless name that resolves to a forbidden address is refused when it connects', async () => {
    const lookup = namesResolving({ 'hooks.example': ['169.254.169.254'], 'intern.example': ['127.0.0.1'] });
    const peer = await httpPeer((response) => response.end());
    expect(judge(await httpClient({ lookup }).post(request('http://hooks.example')))).toMatchObject(refused);
    const strict = httpClient({ lookup, allowInternal: false });
    expect(judge(await strict.post(request(`http://intern.example:${peer.port}`)))).toMatchObject(refused);
    expect(peer.received).toEqual([]);
  });

  it('of several addresses only those that are allowed are tried', async () => {
    const peer = await httpPeer((response) => response.end());
    const lookup = namesResolving({ 'mixed.example': ['169.254.169.254', '127.0.0.1'] });
    expect(judge(await httpClient({ lookup }).post(request(`http://mixed.example:${peer.port}`)))).toEqual({
      kind: 'sent',
    });
  });

  it('a name that was allowed before is checked again for a new connection', async () => {
    const peer = await httpPeer((response) => {
      response.shouldKeepAlive = false;
      response.end();
    });
    const names = { 'rebinding.example': ['127.0.0.1'] };
    const client = httpClient({ lookup: namesResolving(names) });
    const url = `http://rebinding.example:${peer.port}`;
    expect(judge(await client.post(request(url)))).toEqual({ kind: 'sent' });
    names['rebinding.example'] = ['169.254.169.254'];
    expect(judge(await client.post(request(url)))).toMatchObject(refused);
    expect(peer.received).toHaveLength(1);
  });
});
