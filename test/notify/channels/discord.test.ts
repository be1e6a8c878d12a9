import { describe, expect, it } from 'vitest';
import { createDiscord, discordText } from '../../../src/notify/channels/discord/discord.ts';
import { createPace } from '../../../src/notify/channels/pace.ts';
import { httpClient, httpPeer, manyItems, post } from './peers.ts';

const now = new Date('2026-11-24T09:30:00.000Z');

function discord(longestWaitMs = 0) {
  return createDiscord({
    http: httpClient(),
    pace: createPace({ intervalMs: 0, longestWaitMs }),
    now: () => now,
  });
}

describe('Discord', () => {
  it('posts the subject in bold and the text; 204 is success; no person is mentioned', async () => {
    const peer = await httpPeer((response) => response.writeHead(204).end());
    const message = post({ text: '@everyone see here [https://o.example/x]' });
    expect(await discord().send(`${peer.url}/api/webhooks/1/s3cret`, message)).toEqual({ kind: 'sent' });
    expect(JSON.parse(peer.received[0]?.body ?? '')).toEqual({
      content: '**License expiring: Figma**\n@everyone see here [https://o.example/x]',
      allowed_mentions: { parse: [] },
    });
  });

  it('posts the data as an embed: a line an item, severity first, at most ten, whole ones, and how many more', async () => {
    const peer = await httpPeer((response) => response.writeHead(204).end());
    const message = post({ notice: manyItems(19), subject: '[Sign in](https://evil.example)' });
    expect(await discord().send(peer.url, message)).toEqual({ kind: 'sent' });
    const { embeds, allowed_mentions } = JSON.parse(peer.received[0]?.body ?? '');
    expect(allowed_mentions).toEqual({ parse: [] });
    const [{ title, description, color, footer }] = embeds;
    expect(title).toBe('\\[Sign in\\]\\(https://evil.example\\)');
    expect(color).toBe(0xb91c1c);
    expect(footer.text).toContain('LICENSE_EXPIRING');
    const lines = description.split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('**critical** [svc-18](https://o.example/18): ends today');
    expect(lines[10]).toBe('[and 9 more](https://o.example/all)');
  });

  it('data without an item is no empty embed: the text is posted', async () => {
    const peer = await httpPeer((response) => response.writeHead(204).end());
    await discord().send(peer.url, post({ notice: manyItems(0), text: 'The item was removed' }));
    expect(JSON.parse(peer.received[0]?.body ?? '')).toMatchObject({
      content: expect.stringContaining('The item was removed'),
    });
  });

  it('an embed of long and hostile items stays within the limits of Discord, by whole rows', async () => {
    const peer = await httpPeer((response) => response.writeHead(204).end());
    const long = manyItems(19, '[*'.repeat(300));
    const notice = { ...long, items: long.items.map((item) => ({ ...item, text: '[*'.repeat(300) })) };
    await discord().send(peer.url, post({ notice, subject: '_'.repeat(500) }));
    const [{ title, description }] = JSON.parse(peer.received[0]?.body ?? '').embeds;
    expect(title.length).toBeLessThanOrEqual(256);
    expect(description.length).toBeLessThanOrEqual(4096);
    expect(description).toMatch(/\[and 1\d more\]\(https:\/\/o\.example\/all\)$/);
  });

  it.each<[string, Record<string, string>, string, number]>([
    ['the JSON of the body first', { 'retry-after': '9' }, '{"retry_after": 0.65, "global": false}', 650],
    ['then Retry-After', { 'retry-after': '9', 'x-ratelimit-reset-after': '3.5' }, 'limited', 9000],
    ['then the reset of the bucket', { 'x-ratelimit-reset-after': '3.501' }, 'limited', 3501],
  ])('a rate limit costs no attempt; how long: %s', async (_, headers, body, retryAfterMs) => {
    const peer = await httpPeer((response) => response.writeHead(429, headers).end(body));
    expect(await discord().send(peer.url, post())).toEqual({
      kind: 'retry',
      code: 'rate_limited',
      reason: 'Discord answered with HTTP 429: too many messages',
      costsAttempt: false,
      mayHaveArrived: false,
      retryAfterMs,
    });
  });

  it('after the last message that Discord takes the next one waits here', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '3600' };
    const peer = await httpPeer((response) => response.writeHead(204, headers).end());
    const channel = discord();
    expect(await channel.send(peer.url, post())).toEqual({ kind: 'sent' });
    expect(await channel.send(peer.url, post())).toMatchObject({ code: 'paced', costsAttempt: false });
    expect(await channel.send(`${peer.url}/other`, post())).toEqual({ kind: 'sent' });
    expect(peer.received).toHaveLength(2);
  });

  it('a wait for its turn ends with the signal, and nothing is sent', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '3600' };
    const peer = await httpPeer((response) => response.writeHead(204, headers).end());
    const channel = discord(7_200_000);
    await channel.send(peer.url, post());
    const stop = new AbortController();
    const waiting = channel.send(peer.url, post(), stop.signal);
    stop.abort();
    expect(await waiting).toMatchObject({ code: 'interrupted', costsAttempt: false, mayHaveArrived: false });
    expect(peer.received).toHaveLength(1);
  });

  it('a webhook that was deleted is refused', async () => {
    const peer = await httpPeer((response) => response.writeHead(404).end('{"code": 10015}'));
    expect(await discord().send(peer.url, post())).toMatchObject({ kind: 'failed', code: 'refused' });
  });

  it('the text has at most 2,000 characters, cut between two', () => {
    const text = discordText(post({ text: '👩‍🚀'.repeat(1000) }));
    expect(text.length).toBeLessThanOrEqual(2000);
    expect(text.endsWith('👩‍🚀…')).toBe(true);
  });
});
