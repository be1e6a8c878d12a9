import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDownloader } from '../../src/net/downloader.ts';
import type { HttpProxies } from '../../src/net/http-proxies.ts';
import { createTokenSource } from '../../src/net/oauth.ts';
import { openPingConnections } from '../../src/notify/ping-request.ts';
import { hasOpenssl, selfSigned } from '../notify/channels/mail-peer.ts';
import { closedPort, httpClient, httpPeer, namesResolving, tcpPeer } from '../notify/channels/peers.ts';
import { type Misbehaviour, startHttpProxy, through } from '../support/http-proxy.ts';

// The name is looked up by nobody but the proxy.
const lookup = namesResolving({ 'hooks.example': [] });
const post = (url: string) => ({ url, headers: { 'content-type': 'text/plain' }, body: 'hello' });
const never = new AbortController().signal;

const withLogin = (url: string) => url.replace('//', '//ana:s3cret%40pw@');
const login = `Basic ${Buffer.from('ana:s3cret@pw').toString('base64')}`;

async function get(url: string, proxies: HttpProxies, ca?: string): Promise<string> {
  const tls = ca === undefined ? {} : { ca };
  const downloader = createDownloader({ allowInternal: false, lookup, proxies, ...tls });
  const options = { headers: {}, signal: never, totalMs: 20_000, longestBody: 1000 };
  try {
    const answer = await downloader.get({ url: new URL(url), ...options });
    if (answer.kind === 'fault') return `${answer.fault}: ${answer.detail ?? ''}`;
    let text = '';
    for await (const piece of answer.body) text += String(piece);
    return text;
  } finally {
    await downloader.close();
  }
}

describe('an http address', () => {
  it('is asked for by its whole address, with the login for the proxy alone', async () => {
    const peer = await httpPeer((response, { method }) => response.end(`${method} done`));
    const proxy = await startHttpProxy(peer.port);
    const proxies = through(withLogin(proxy.url));
    const http = httpClient({ allowInternal: false, lookup, proxies });
    expect(await http.post(post('http://u:p@hooks.example/hook?a=1'))).toMatchObject({
      status: 200,
      body: 'POST done',
    });
    expect(await get('http://hooks.example/rows', proxies)).toBe('GET done');
    const pings = openPingConnections(proxies);
    expect(await pings.send(new URL('http://hooks.example/ping'), undefined, never)).toBe(200);
    await pings.destroy();
    expect(proxy.asked).toEqual([
      'POST http://hooks.example/hook?a=1',
      'GET http://hooks.example/rows',
      'GET http://hooks.example/ping',
    ]);
    expect(proxy.headers.map((one) => one['proxy-authorization'])).toEqual([login, login, login]);
    expect(peer.received[0]).toMatchObject({
      path: '/hook?a=1',
      body: 'hello',
      headers: { host: 'hooks.example', authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
    });
  });
});

describe.runIf(hasOpenssl())('an https address (needs openssl to make a certificate)', () => {
  it('is reached through a tunnel, and its certificate is its own', async () => {
    const certificate = selfSigned('hooks.example');
    const bodies: string[] = [];
    const server = createServer(certificate, async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      bodies.push(`${request.method} ${request.headers['proxy-authorization'] ?? 'no login'} ${body}`);
      response.end(JSON.stringify({ access_token: 't0ken', expires_in: 3600 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const proxy = await startHttpProxy((server.address() as AddressInfo).port);
    const proxies = through(withLogin(proxy.url));
    const http = httpClient({ allowInternal: false, lookup, proxies, ca: certificate.cert });
    // Two at once: a tunnel each.
    const answers = await Promise.all([1, 2].map(() => http.post(post('https://hooks.example/hook'))));
    expect(answers).toMatchObject([{ status: 200 }, { status: 200 }]);
    const client = { tokenUrl: 'https://hooks.example:8443/token', clientId: 'c', clientSecret: 's3cret' };
    const grant = { kind: 'client_credentials', scope: undefined } as const;
    const tokens = createTokenSource({ ...client, grant }, { http, now: () => new Date() });
    expect(await tokens.token()).toMatchObject({ value: 't0ken' });
    expect(await get('https://hooks.example/rows', proxies, certificate.cert)).toContain('t0ken');
    expect(proxy.asked.every((one) => /^CONNECT hooks\.example:(?:443|8443)$/.test(one))).toBe(true);
    expect(proxy.headers.every((one) => one['proxy-authorization'] === login)).toBe(true);
    expect(bodies).toHaveLength(4);
    expect(bodies.every((one) => one.includes('no login'))).toBe(true);
    // Another host's certificate is not accepted because a proxy is between.
    expect(await http.post(post('https://other.example/hook'))).toMatchObject({ fault: 'tls' });
    const pings = openPingConnections(proxies);
    const ping = new URL('https://hooks.example/ping');
    const error: unknown = await pings.send(ping, undefined, never).catch((thrown: unknown) => thrown);
    expect(error instanceof Error && pings.faultOf(error, ping)).toMatch(/SELF_SIGNED/);
    await pings.destroy();
  });
});

describe('a proxy that gives no way', () => {
  const short = { connectMs: 300, headersMs: 5000, bodyMs: 5000, totalMs: 10_000 };
  const next = 'Check http_proxy, and the proxy.';

  it.each<[Misbehaviour, string]>([
    [407, 'PROXY answered 407: its login is missing or wrong'],
    [403, 'PROXY answered 403: it does not allow this host and port'],
    [502, 'PROXY answered 502: it cannot reach the host'],
    ['hangs', 'PROXY did not answer in time'],
    ['closes', 'PROXY closed the connection'],
  ])('%s', async (misbehaves, detail) => {
    const proxy = await startHttpProxy(0, misbehaves);
    const http = httpClient({ lookup, proxies: through(withLogin(proxy.url)), timeouts: short });
    const answer = await http.post(post('https://hooks.example/s3cret-path'));
    const named = detail.replace('PROXY', `the proxy ${proxy.url} of http_proxy`);
    const expected = { kind: 'fault', fault: 'no_connection', detail: named, next, requested: false };
    expect(answer).toEqual(expected);
  });

  it('is named with 407 for an http address too, and nothing was sent to the other side', async () => {
    const proxy = await startHttpProxy(0, 407);
    const detail = `the proxy ${proxy.url} of http_proxy answered 407: its login is missing or wrong`;
    const http = httpClient({ lookup, proxies: proxy.proxies });
    const expected = { kind: 'fault', fault: 'no_connection', detail, next, requested: false };
    expect(await http.post(post('http://hooks.example/'))).toEqual(expected);
    expect(await get('http://hooks.example/', proxy.proxies)).toBe(`no_connection: ${detail}`);
    const pings = openPingConnections(proxy.proxies);
    const ping = new URL('http://hooks.example/');
    await expect(pings.send(ping, 'x', never)).rejects.toThrow(detail);
    await pings.destroy();
  });

  it('is away, or speaks something else', async () => {
    const place = `http://127.0.0.1:${await closedPort()}`;
    const gone = through(withLogin(place));
    const detail = `no connection to the proxy ${place} of http_proxy (ECONNREFUSED)`;
    for (const url of ['https://hooks.example/', 'http://hooks.example/']) {
      expect(await httpClient({ lookup, proxies: gone }).post(post(url))).toMatchObject({
        ...{ fault: 'no_connection', detail, requested: false },
      });
    }
    const odd = await tcpPeer((socket) => socket.end('220 mail.example ESMTP\r\n'));
    const answer = await httpClient({ lookup, proxies: through(odd.url) }).post(
      post('https://hooks.example/'),
    );
    expect(answer).toMatchObject({
      fault: 'no_connection',
      detail: `the proxy ${odd.url} of http_proxy does not speak HTTP`,
    });
    const encrypted = through(odd.url.replace('http:', 'https:'));
    const untrusted = await httpClient({ lookup, proxies: encrypted }).post(post('https://hooks.example/'));
    expect(untrusted).toMatchObject({
      detail: expect.stringMatching(/^no trusted encrypted connection to the/),
    });
  });
});

describe('the guard with a proxy', () => {
  it.each([
    ['https://169.254.169.254/latest', true],
    ['http://metadata.google.internal/', true],
    ['https://10.0.0.1/', false],
    ['https://[::ffff:10.0.0.1]/', false],
    ['https://wiki.internal/', false],
    ['https://wiki.local./', false],
    ['https://intranet/', false],
    ['http://0x0a000001/', false],
  ])('refuses %s', async (url, allowInternal) => {
    const proxy = await startHttpProxy(0);
    const http = httpClient({ allowInternal, lookup, proxies: proxy.proxies });
    expect(await http.post(post(url))).toMatchObject({ fault: 'destination_refused', requested: false });
    expect(await get(url, proxy.proxies)).toMatch(/^destination_refused/);
    expect(proxy.asked).toEqual([]);
  });

  it('looks at what a name leads to where NO_PROXY asks without the proxy', async () => {
    const proxy = await startHttpProxy(0);
    const names = namesResolving({ 'hooks.example': ['10.0.0.1'] });
    const proxies = { ...proxy.proxies, noProxy: 'example' };
    const http = httpClient({ allowInternal: false, lookup: names, proxies });
    expect(await http.post(post('http://hooks.example/'))).toMatchObject({ fault: 'destination_refused' });
    expect(proxy.asked).toEqual([]);
  });
});

it('names the variable of a proxy that is not used when a connection fails', async () => {
  const proxies = { ...through('http://proxy.example:3128'), used: false };
  const https = { name: 'HTTPS_PROXY', url: 'http://proxy.example:3128' };
  const names = namesResolving({ 'hooks.example': ['127.0.0.1'] });
  const http = httpClient({ lookup: names, proxies: { ...proxies, https } });
  const url = `https://hooks.example:${await closedPort()}/`;
  expect(await http.post(post(url))).toMatchObject({
    fault: 'no_connection',
    detail: 'ECONNREFUSED; HTTPS_PROXY is set, but the setting http_proxy is off',
    next: 'Set http_proxy to env if this host needs the proxy of HTTPS_PROXY.',
  });
});
