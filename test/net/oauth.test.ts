import { expect, it } from 'vitest';
import { createTokenSource, OAuthFault } from '../../src/net/oauth.ts';
import { httpClient, httpPeer } from '../notify/channels/peers.ts';

const secret = 'client-s3cret';

async function source(answer: (index: number) => readonly [status: number, body: object | string]) {
  let now = Date.parse('2026-11-24T09:00:00Z');
  const peer = await httpPeer((response, _, index) => {
    const [status, body] = answer(index);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const tokens = createTokenSource(
    {
      tokenUrl: `${peer.url}/token`,
      clientId: 'app',
      clientSecret: secret,
      grant: { kind: 'client_credentials', scope: 'https://outlook.office365.com/.default' },
    },
    { http: httpClient(), now: () => new Date(now) },
  );
  return { tokens, peer, wait: (seconds: number) => (now += seconds * 1000) };
}

const token = (index: number) => [200, { access_token: `t${index}`, expires_in: 3600 }] as const;

it('asks once for all who wait, keeps the token, and renews it before it ends', async () => {
  const { tokens, peer, wait } = await source(token);
  const several = await Promise.all([tokens.token(), tokens.token(), tokens.token()]);
  expect(several.map(({ value }) => value)).toEqual(['t0', 't0', 't0']);
  expect(Object.fromEntries(new URLSearchParams(peer.received[0]?.body))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'app',
    client_secret: secret,
    scope: 'https://outlook.office365.com/.default',
  });
  wait(3299);
  expect((await tokens.token()).value).toBe('t0');
  wait(1);
  expect(await tokens.token()).toMatchObject({ value: 't1', endsAt: new Date('2026-11-24T10:55:00Z') });
  expect((await tokens.token(true)).value).toBe('t2');
  expect(peer.received).toHaveLength(3);
});

it.each([
  [
    401,
    {
      error: 'invalid_client',
      error_description: `AADSTS7000222: The provided client secret keys for app 'app' are expired (${secret}).\r\nTrace ID: 1`,
    },
    'refused',
    ['invalid_client', 'AADSTS7000222'],
  ],
  [
    400,
    { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    'refused',
    ['invalid_grant'],
  ],
  [503, { error: 'temporarily_unavailable' }, 'away', ['temporarily_unavailable']],
  [429, { error: 'too_many_requests' }, 'away', ['too_many_requests']],
  [429, { error: 'invalid_request' }, 'away', ['invalid_request']],
  [408, '', 'away', []],
  [502, '<html>bad gateway</html>', 'away', []],
  [200, '<html>a page</html>', 'refused', []],
  [200, { token: 'x' }, 'refused', []],
  [404, '', 'refused', []],
])('HTTP %i with %j gives no token, and nothing is kept of it', async (status, body, kind, codes) => {
  const { tokens } = await source((index) => (index === 0 ? [status, body] : token(index)));
  const fault = await tokens.token().catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(OAuthFault);
  expect(fault).toMatchObject({ kind, codes });
  expect(String(fault)).not.toMatch(/s3cret|Trace/);
  expect((await tokens.token()).value).toBe('t1');
});
