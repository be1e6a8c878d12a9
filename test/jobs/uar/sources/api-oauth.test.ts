import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { openSource, type SourceDeps } from '../../../../jobs/uar/sources/open-source.ts';
import { httpPeer, type Received } from '../../../notify/channels/peers.ts';
import { reasonFor } from './load-rows.ts';
import { sourceDeps } from './source-deps.ts';

type Answer = (response: ServerResponse, request: Received, index: number) => void;

const secrets: Readonly<Record<string, string>> = { APP: 'client-s3cret', CONSENT: 'refresh-s3cret' };

const token: Answer = (response, _, index) =>
  response.writeHead(200).end(JSON.stringify({ access_token: `t${index}`, expires_in: 3600 }));

/** Three pages for whoever has a token that counts. */
const pages =
  (counts: (token: string, page: number) => boolean): Answer =>
  (response, { path, headers }) => {
    const page = Number(new URL(path, 'http://x').searchParams.get('after') ?? 0);
    if (!counts(String(headers.authorization).replace(/^Bearer /, ''), page)) response.writeHead(401).end();
    else response.writeHead(200).end(JSON.stringify({ d: [{ id: page }], next: page < 2 ? page + 1 : null }));
  };

async function world(endpoint: Answer, api: Answer, rest: Partial<SourceDeps> = {}) {
  const [login, people] = [await httpPeer(endpoint), await httpPeer(api)];
  const config = {
    url: `${people.url}/people`,
    items: 'd',
    pagination: { type: 'cursor', path: 'next', param: 'after' },
    auth: { token_url: `${login.url}/token`, client_id: 'reviews', scope: 'people.read', secret: 'APP' },
  };
  const places = [login.url, people.url];
  const deps = sourceDeps(
    { api_hosts: { APP: places, CONSENT: places } },
    { secret: (name) => secrets[name], ...rest },
  );
  const outcome = async (given: object = config, using: SourceDeps = deps) => {
    const text = await reasonFor(openSource('API', given, 'A', using).then((source) => source.close()));
    return text.replaceAll(login.url, 'LOGIN').replaceAll(people.url, 'PEOPLE');
  };
  return { login, people, config, deps, outcome };
}

const sent = ({ received }: { readonly received: readonly Received[] }) =>
  received.map(({ headers }) => headers.authorization);

it('fetches one token for all pages and all sources of a run', async () => {
  const { login, people, outcome } = await world(
    token,
    pages(() => true),
  );
  expect(await Promise.all([outcome(), outcome()])).toEqual(['it was loaded', 'it was loaded']);
  expect(login.received).toHaveLength(1);
  expect(Object.fromEntries(new URLSearchParams(login.received[0]?.body))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'reviews',
    client_secret: secrets['APP'],
    scope: 'people.read',
  });
  expect(new Set(sent(people))).toEqual(new Set(['Bearer t0']));
});

it('renews a token before it ends, and once when a page refuses it', async () => {
  let now = Date.parse('2026-11-24T09:00:00Z');
  const clock = { now: () => new Date(now) };
  const ending = await world(
    token,
    pages(() => {
      now += 20 * 60_000;
      return true;
    }),
    { clock: { ...sourceDeps().clock, ...clock } },
  );
  expect(await ending.outcome()).toBe('it was loaded');
  expect(sent(ending.people)).toEqual(['Bearer t0', 'Bearer t0', 'Bearer t0']);
  expect(await ending.outcome()).toBe('it was loaded');
  expect(sent(ending.people).slice(3)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);

  const revoked = await world(
    token,
    pages((given, page) => page < 1 || given === 't1'),
  );
  expect(await revoked.outcome()).toBe('it was loaded');
  expect(sent(revoked.people)).toEqual(['Bearer t0', 'Bearer t0', 'Bearer t1', 'Bearer t1']);

  const never = await world(
    token,
    pages(() => false),
  );
  expect(await never.outcome()).toContain('page 1: it answered 401 to a new token, too');
  expect(sent(never.people)).toEqual(['Bearer t0', 'Bearer t1']);
});

it('fetches tokens with the refresh token of an account that consented', async () => {
  const { login, config, outcome } = await world(
    token,
    pages(() => true),
  );
  expect(await outcome({ ...config, auth: { ...config.auth, refresh_secret: 'CONSENT' } })).toBe(
    'it was loaded',
  );
  expect(login.received[0]?.body).toContain('grant_type=refresh_token');
  expect(login.received[0]?.body).toContain('refresh_token=refresh-s3cret');
});

it('sends a client secret, and the token, only where the secret is bound to, and follows no redirect', async () => {
  const { login, people, config, deps, outcome } = await world(
    token,
    pages(() => true),
  );
  const boundTo = (...places: string[]) => ({
    ...deps,
    settings: { ...deps.settings, api_hosts: { APP: places } },
  });
  expect(await outcome(config, boundTo(people.url))).toContain('The secret APP may not be sent to LOGIN');
  expect(await outcome(config, boundTo(login.url))).toContain('The secret APP may not be sent to PEOPLE');
  expect(await outcome(config, { ...deps, secret: () => undefined })).toContain(
    'OPSDECK_JOBS_SECRET_APP is not set',
  );
  expect(await outcome({ ...config, secret: 'APP' })).toContain('auth cannot be beside secret');
  expect(
    await outcome({ ...config, auth: { ...config.auth, token_url: 'http://login.example/token' } }),
  ).toContain('must begin with https://');
  expect([...login.received, ...people.received]).toEqual([]);

  const moved = await world(
    (response, { path }) =>
      path === '/token' ? response.writeHead(307, { location: '/elsewhere' }).end() : response.end('{}'),
    pages(() => true),
  );
  expect(await moved.outcome()).toContain('answered with HTTP 307 and no token; check auth.token_url');
  expect(moved.login.received.map(({ path }) => path)).toEqual(['/token']);
  const page = await world(token, (response) =>
    response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
  );
  expect(await page.outcome()).toContain('it answered 302; redirects are not followed');
});

it.each([
  [
    401,
    { error: 'invalid_client', error_description: 'AADSTS7000222: expired client-s3cret' },
    'add a new one',
  ],
  [400, { error: 'invalid_scope' }, 'the scope is wrong, or the client may not have it'],
  [400, { error: 'unauthorized_client', error_description: 'AADSTS700016: x' }, 'no application with this'],
  [503, {}, 'the token endpoint answered with HTTP 503 and no token.'],
  [200, { access_token: 'a\nb' }, 'answered with HTTP 200 and no token; check auth.token_url.'],
])(
  'HTTP %i with %j of the token endpoint is inconclusive, and names the step',
  async (status, body, step) => {
    const { people, outcome } = await world(
      (response) => response.writeHead(status).end(JSON.stringify(body)),
      pages(() => true),
    );
    const reason = await outcome();
    expect(reason).toMatch(/^InconclusiveSource: There is no token of 127\.0\.0\.1:\d+ for the API at /);
    expect(reason).toContain(step);
    expect(reason).not.toContain('s3cret');
    expect(people.received).toEqual([]);
  },
);
