import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/notify/channels/pace.ts';
import { createSlack } from '../../../src/notify/channels/slack/slack.ts';
import { webhookPayloadSchema } from '../../../src/notify/channels/webhook/payload.ts';
import { readSigningKey } from '../../../src/notify/channels/webhook/signing-key.ts';
import { createWebhook } from '../../../src/notify/channels/webhook/webhook.ts';
import type { Notice } from '../../../src/notify/notice.ts';
import { httpClient, httpPeer, namesResolving, post } from './peers.ts';

const plain = { headers: {}, secrets: {} };
const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;

function webhook(options: { now?: () => Date; secret?: string } = {}) {
  const http = httpClient({ lookup: namesResolving({ 'hooks.slack.com': ['127.0.0.1'] }) });
  const now = options.now ?? (() => new Date());
  const slack = createSlack({ http, pace: createPace({ intervalMs: 0, longestWaitMs: 0 }), now });
  const signingKey = options.secret === undefined ? undefined : readSigningKey(options.secret);
  return createWebhook({ http, slack, now, ...(signingKey === undefined ? {} : { signingKey }) });
}

describe('webhook', () => {
  it("sends OpsDeck's payload, with a timestamp that can be parsed", async () => {
    const peer = await httpPeer((response) => response.writeHead(202).end());
    expect(await webhook().send(peer.url, post(), plain)).toEqual({ kind: 'sent' });
    expect(peer.received[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(peer.received[0]?.body ?? '')).toEqual({
      schema: 1,
      severity: null,
      state: 'open',
      thread: 'LICENSE_EXPIRING:license:7',
      url: null,
      run: null,
      message_id: post().id,
      items: [
        { type: 'license', id: 7, name: 'License expiring: Figma', text: '', severity: null, url: null },
      ],
      items_total: 1,
      event: 'LICENSE_EXPIRING',
      timestamp: '2026-11-24T09:30:00.000Z',
      communication_id: 41,
      data: {
        target_type: 'license',
        target_id: 7,
        subject: 'License expiring: Figma',
        recipient_email: 'ana@example.com',
        recipient_name: 'Ana',
      },
    });
  });

  it('carries what it is about as data, as its JSON Schema has it', async () => {
    const peer = await httpPeer((response) => response.end());
    const notice: Notice = {
      severity: 'critical',
      state: 'open',
      thread: 'expiry:CREDENTIAL_EXPIRY',
      url: null,
      items: [
        { type: 'credential', id: 3, name: 'svc', text: 'expired', severity: 'critical', url: 'https://o/3' },
        { type: 'credential', id: 4, name: 'svc-2', text: 'expires', severity: 'high', url: null },
      ],
      items_total: 19,
    };
    const run = { job: 'credential-expiry', id: post().id };
    await webhook().send(peer.url, post({ notice, run }), plain);
    const payload: unknown = JSON.parse(peer.received[0]?.body ?? '');
    expect(payload).toMatchObject({ schema: 1, run, ...notice });
    expect(webhookPayloadSchema.parse(payload)).toEqual(payload);
  });

  it('a signature is accepted by the standardwebhooks package, and not for another body', async () => {
    const peer = await httpPeer((response) => response.end());
    await webhook({ secret }).send(peer.url, post({ subject: 'Caducidad: ñ 😀' }), plain);
    const [received] = peer.received;
    if (received === undefined) throw new Error('nothing was sent');
    const headers = Object.fromEntries(
      Object.entries(received.headers).map(([name, value]) => [name, String(value)]),
    );
    expect(new Webhook(secret).verify(received.body, headers)).toMatchObject({ communication_id: 41 });
    expect(() => new Webhook(secret).verify(`${received.body} `, headers)).toThrow(/signature/);
  });

  it('a repeated attempt has the same id and body, and its own time', async () => {
    let attempt = 0;
    const peer = await httpPeer((response) => response.writeHead(500).end());
    const channel = webhook({ secret, now: () => new Date(1_795_000_000_000 + 600_000 * attempt) });
    for (attempt = 1; attempt <= 2; attempt += 1) {
      await channel.send(peer.url, post({ attempt, possibleRepeat: attempt > 1 }), plain);
    }
    const [first, second] = peer.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(post().id);
    expect(first?.headers['webhook-id']).toBe(post().id);
    expect(first?.headers['webhook-timestamp']).toBe('1795000600');
    expect(second?.headers['webhook-timestamp']).toBe('1795001200');
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
  });

  it('without a secret there is an id and no signature', async () => {
    const peer = await httpPeer((response) => response.end());
    await webhook().send(peer.url, post(), plain);
    expect(peer.received[0]?.headers).toMatchObject({ 'webhook-id': post().id });
    expect(peer.received[0]?.headers['webhook-signature']).toBeUndefined();
  });

  it("an address of hooks.slack.com gets Slack's payload, one that only contains the name does not", async () => {
    const peer = await httpPeer((response) => response.end('ok'));
    const channel = webhook();
    expect(await channel.send(`http://hooks.slack.com:${peer.port}/services/x`, post(), plain)).toEqual({
      kind: 'sent',
    });
    await channel.send(`${peer.url}/hooks.slack.com`, post(), plain);
    expect(JSON.parse(peer.received[0]?.body ?? '')).toMatchObject({
      text: expect.stringContaining('*License'),
    });
    expect(JSON.parse(peer.received[1]?.body ?? '')).toMatchObject({ event: 'LICENSE_EXPIRING' });
  });

  it.each([
    [204, { kind: 'sent' }],
    [302, { kind: 'failed', code: 'redirected' }],
    [410, { kind: 'gone' }],
    [500, { kind: 'retry', costsAttempt: true }],
  ])('HTTP %i', async (status, expected) => {
    const peer = await httpPeer((response) => response.writeHead(status, { location: '/elsewhere' }).end());
    expect(await webhook().send(peer.url, post(), plain)).toMatchObject(expected);
    expect(peer.received).toHaveLength(1);
  });
});

describe('the secret of the signature', () => {
  it('may have its prefix or not', () => {
    expect(readSigningKey(secret)).toEqual(readSigningKey(secret.replace('whsec_', '')));
    expect(Buffer.from(readSigningKey(secret) ?? '').toString()).toBe('a secret of thirty-two bytes, ok');
  });

  it.each([
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    'not base64 at all, but long enough to be',
    `whsec_${'A'.repeat(200)}`,
  ])('%j is none', (text) => {
    expect(readSigningKey(text)).toBeUndefined();
  });
});
