import { describe, expect, it } from 'vitest';
import { createPace, type Pacing } from '../../../src/notify/channels/pace.ts';
import { createSlack, slackText } from '../../../src/notify/channels/slack/slack.ts';
import type { DeliveryOutcome } from '../../../src/notify/delivery/outcome.ts';
import { httpClient, httpPeer, manyItems, post, type Received } from './peers.ts';

const botToken = 'xoxb-s3cret-token';
const now = new Date('2026-11-24T09:30:00.000Z');

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** A Slack that answers each method as it is told. */
async function slackPeer(reply: (method: string, request: Received, index: number) => Reply) {
  const peer = await httpPeer((response, request, index) => {
    const { status = 200, headers = {}, body } = reply(request.path.replace('/api/', ''), request, index);
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return peer;
}

function slackAt(url: string, options: { token?: string | null; clock?: () => Date; pacing?: Pacing } = {}) {
  const { token = botToken, clock = () => now, pacing = { intervalMs: 0, longestWaitMs: 0 } } = options;
  return createSlack({
    http: httpClient(),
    pace: createPace(pacing),
    now: clock,
    apiUrl: `${url}/api`,
    ...(token === null ? {} : { botToken: token }),
  });
}

function clean(outcome: DeliveryOutcome): DeliveryOutcome {
  expect(JSON.stringify(outcome)).not.toMatch(/s3cret/);
  return outcome;
}

describe('incoming webhook', () => {
  it('posts the subject in bold and the body as mrkdwn', async () => {
    const peer = await slackPeer(() => ({ body: 'ok' }));
    expect(await slackAt(peer.url).sendToWebhook(`${peer.url}/services/s3cret`, post())).toEqual({
      kind: 'sent',
    });
    expect(peer.received[0]?.path).toBe('/services/s3cret');
    expect(peer.received[0]?.headers.authorization).toBeUndefined();
    expect(JSON.parse(peer.received[0]?.body ?? '')).toMatchObject({
      text: '*License expiring: Figma*\n*License*\n\nIt ends on *5 December*.',
      mrkdwn: true,
    });
  });

  it('posts the data as a line an item, severity first, at most ten, and how many more', () => {
    const lines = slackText(post({ notice: manyItems(19, '<!here>|x'), subject: 'S' })).split('\n');
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe('*S*');
    expect(lines[1]).toBe('*critical* <https://o.example/18|&lt;!here&gt;¦x-18>: ends today');
    expect(lines[11]).toBe('<https://o.example/all|and 9 more>');
    expect(lines[12]).toContain('LICENSE_EXPIRING');
    expect(slackText(post({ notice: manyItems(0), text: 'The item was removed' }))).toContain('was removed');
  });

  it.each<[string, Reply, object]>([
    [
      'ok:false in a success',
      { body: { ok: false, error: 'channel_not_found' } },
      { kind: 'failed', code: 'refused' },
    ],
    ...[
      [
        '<!doctype html><title>x</title><body><h1>Sign in</h1> to see /s3cret</body>',
        'Sign in to see [secret]',
      ],
      [{ ok: false, error: 'Not this workspace' }, '{"ok":false,"error":"Not this workspace"}'],
      [{ error: 'no_text' }, '{"error":"no_text"}'],
      [{ ok: true, error: 'no_text' }, '{"ok":true,"error":"no_text"}'],
      ['', 'nothing'],
    ].map(([body, text]): [string, Reply, object] => [
      `a success that is none: ${text}`,
      { body },
      {
        kind: 'failed',
        code: 'refused',
        reason: `the Slack webhook answered with HTTP 200 and not with ok: ${text}`,
      },
    ]),
    ['JSON with ok', { body: { ok: true } }, { kind: 'sent' }],
    [
      'a word in a failure',
      { status: 404, body: 'no_service' },
      { kind: 'failed', reason: 'the Slack webhook answered with HTTP 404: no_service' },
    ],
    [
      'anything longer is not quoted',
      { status: 400, body: 'invalid token s3cret' },
      { kind: 'failed', reason: 'the Slack webhook answered with HTTP 400' },
    ],
    ['an archived channel', { status: 410, body: 'channel_is_archived' }, { kind: 'gone' }],
    [
      'too many messages cost no attempt',
      { status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' },
      { kind: 'retry', code: 'rate_limited', retryAfterMs: 30_000, costsAttempt: false },
    ],
    [
      'Slack is ill',
      { status: 503, body: '' },
      { kind: 'retry', code: 'refused_for_now', costsAttempt: true },
    ],
  ])('%s', async (_, reply, expected) => {
    const peer = await slackPeer(() => reply);
    expect(clean(await slackAt(peer.url).sendToWebhook(`${peer.url}/s3cret`, post()))).toMatchObject(
      expected,
    );
  });
});

describe('bot token', () => {
  it('posts to a channel and keeps what Slack calls the message', async () => {
    const peer = await slackPeer(() => ({ body: { ok: true, channel: 'C1', ts: '1732.0001' } }));
    const outcome = await slackAt(peer.url).sendToChannel('#alerts', post());
    expect(outcome).toEqual({ kind: 'sent', providerId: '1732.0001' });
    expect(peer.received[0]).toMatchObject({
      path: '/api/chat.postMessage',
      headers: { authorization: `Bearer ${botToken}` },
    });
    expect(JSON.parse(peer.received[0]?.body ?? '')).toMatchObject({ channel: '#alerts' });
  });

  it.each<[string, Reply, object]>([
    [
      'not in the channel',
      { body: { ok: false, error: 'not_in_channel' } },
      { kind: 'failed', code: 'refused' },
    ],
    [
      'a revoked token is the fault of no message',
      { body: { ok: false, error: 'token_revoked' } },
      { kind: 'retry', code: 'login_refused', costsAttempt: false, mayHaveArrived: false },
    ],
    [
      'ratelimited costs no attempt',
      { status: 429, headers: { 'retry-after': '12' }, body: { ok: false, error: 'ratelimited' } },
      { kind: 'retry', code: 'rate_limited', retryAfterMs: 12_000, costsAttempt: false },
    ],
    [
      'ratelimited without a header costs none either',
      { body: { ok: false, error: 'ratelimited' } },
      { kind: 'retry', code: 'rate_limited', retryAfterMs: 60_000, costsAttempt: false },
    ],
    [
      'a 429 of something in between',
      { status: 429, body: '<html>' },
      { kind: 'retry', code: 'rate_limited', retryAfterMs: 60_000, costsAttempt: false },
    ],
    [
      'an internal error',
      { body: { ok: false, error: 'internal_error' } },
      { kind: 'retry', costsAttempt: true },
    ],
    [
      'an error that is no word',
      { body: { ok: false, error: 's3cret 1' } },
      { kind: 'failed', code: 'refused' },
    ],
    ['no JSON', { body: '<html>s3cret</html>' }, { kind: 'failed', code: 'refused' }],
    ['a server error', { status: 500, body: 's3cret' }, { kind: 'retry', code: 'refused_for_now' }],
  ])('%s', async (_, reply, expected) => {
    const peer = await slackPeer(() => reply);
    expect(clean(await slackAt(peer.url).sendToChannel('#alerts', post()))).toMatchObject(expected);
  });

  it('without a token nothing is sent and no attempt is lost', async () => {
    const peer = await slackPeer(() => ({ body: { ok: true } }));
    expect(await slackAt(peer.url, { token: null }).sendToChannel('#a', post())).toMatchObject({
      code: 'login_refused',
      costsAttempt: false,
    });
    expect(peer.received).toEqual([]);
  });

  it('after a rate limit the next message waits here instead of being refused there', async () => {
    const peer = await slackPeer(() => ({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: { ok: false, error: 'ratelimited' },
    }));
    const slack = slackAt(peer.url);
    await slack.sendToChannel('#alerts', post());
    const second = await slack.sendToChannel('#alerts', post());
    expect(second).toMatchObject({ kind: 'retry', code: 'paced', costsAttempt: false });
    expect(peer.received).toHaveLength(1);
  });
});

describe('direct message', () => {
  const directory = (method: string, request: Received): Reply => {
    if (method !== 'users.lookupByEmail') return { body: { ok: true, ts: '1' } };
    const email = new URLSearchParams(request.body).get('email');
    return {
      body:
        email === 'ana@example.com'
          ? { ok: true, user: { id: 'U1' } }
          : { ok: false, error: 'users_not_found' },
    };
  };
  const methods = (received: readonly Received[]) => received.map(({ path }) => path.replace('/api/', ''));

  it('looks a person up once an hour, and the address is not in a URL', async () => {
    let clock = now;
    const peer = await slackPeer(directory);
    const slack = slackAt(peer.url, { clock: () => clock });
    expect(await slack.sendToPerson('ana@example.com', post())).toMatchObject({ kind: 'sent' });
    expect(await slack.sendToPerson('ana@example.com', post())).toMatchObject({ kind: 'sent' });
    clock = new Date(now.getTime() + 3_600_001);
    expect(await slack.sendToPerson('ana@example.com', post())).toMatchObject({ kind: 'sent' });
    const [lookup, message] = ['users.lookupByEmail', 'chat.postMessage'];
    expect(methods(peer.received)).toEqual([lookup, message, message, lookup, message]);
    expect(JSON.parse(peer.received[1]?.body ?? '')).toMatchObject({ channel: 'U1' });
  });

  it('no person with this address is a failure of this message', async () => {
    const peer = await slackPeer(directory);
    expect(await slackAt(peer.url).sendToPerson('bo@example.com', post())).toEqual({
      kind: 'failed',
      code: 'no_slack_user',
      reason: 'no account in Slack has this e-mail address',
    });
  });

  it('a look-up that breaks off cannot have delivered anything', async () => {
    const peer = await httpPeer((response) => response.destroy());
    expect(await slackAt(peer.url).sendToPerson('ana@example.com', post())).toMatchObject({
      kind: 'retry',
      code: 'connection_lost',
      mayHaveArrived: false,
    });
  });
});

describe('the text', () => {
  it('neither subject nor body can mention or link', () => {
    const text = slackText(post({ subject: '<!channel> & co', text: '&lt;!here&gt;' }));
    expect(text).toBe('*&lt;!channel&gt; &amp; co*\n&lt;!here&gt;');
  });

  it('is cut at 40,000 characters, between two characters', () => {
    const text = slackText(post({ subject: 's', text: '😀'.repeat(30_000) }));
    expect(text.length).toBeLessThanOrEqual(40_000);
    expect(text.endsWith('😀…')).toBe(true);
  });

  it('a possible repeat is marked', () => {
    expect(slackText(post({ possibleRepeat: true }))).toMatch(
      /^_This message may have been posted before\._\n/,
    );
  });
});
