import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/notify/channels/pace.ts';
import { teamsMessage } from '../../../src/notify/channels/teams/card.ts';
import { createTeams } from '../../../src/notify/channels/teams/teams.ts';
import { httpClient, httpPeer, manyItems, post } from './peers.ts';

const now = new Date('2026-11-24T09:30:00.000Z');

function teams() {
  return createTeams({
    http: httpClient(),
    pace: createPace({ intervalMs: 0, longestWaitMs: 0 }),
    now: () => now,
  });
}

describe('Microsoft Teams', () => {
  it('posts a card with the colour, facts, rows and one button; 202 is success', async () => {
    const peer = await httpPeer((response) => response.writeHead(202).end());
    const run = { job: 'credential-expiry', id: post().id };
    const message = post({ notice: manyItems(12), run, subject: '[Sign in](https://evil.example)' });
    expect(await teams().send(`${peer.url}/workflows/s3cret`, message)).toEqual({ kind: 'sent' });
    const body = JSON.parse(peer.received[0]?.body ?? '');
    expect(body).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            actions: [{ type: 'Action.OpenUrl', url: 'https://o.example/all' }],
          },
        },
      ],
    });
    const [head, facts, first, ...rest] = body.attachments[0].content.body;
    expect(head).toMatchObject({ type: 'Container', style: 'attention' });
    // In a text run Teams reads no Markdown.
    expect(head.items[0].inlines[0]).toMatchObject({ type: 'TextRun', text: message.subject });
    expect(facts).toMatchObject({
      type: 'FactSet',
      facts: expect.arrayContaining([
        { title: 'Severity', value: 'critical' },
        { title: 'Items', value: '12' },
        { title: 'Job', value: 'credential-expiry' },
      ]),
    });
    expect(first.inlines.map(({ text }: { text: string }) => text).join('')).toBe(
      'critical  svc-11: ends today',
    );
    expect(rest).toHaveLength(10);
    expect(rest.at(-1).inlines[0].text).toBe('and 2 more');
    expect(teamsMessage(post({ notice: manyItems(0), text: 'The item was removed' }))).toContain(
      'was removed',
    );
  });

  it.each<[string, Parameters<typeof post>[0]]>([
    ['items', { notice: manyItems(10, '漢\n\u202e'.repeat(400)), subject: '漢'.repeat(500) }],
    ['the text of OpsDeck', { text: `${'漢'.repeat(300)}\n`.repeat(200) }],
  ])('a message has at most 28 KB, by whole rows: %s', (_, change) => {
    const body = teamsMessage(post(change));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(28 * 1024);
    expect(body).not.toContain('\u202e');
    expect(() => JSON.parse(body)).not.toThrow();
  });

  it.each<[number, Record<string, string>, object]>([
    [200, {}, { kind: 'failed', code: 'refused' }],
    [400, {}, { kind: 'failed', code: 'refused' }],
    [
      429,
      { 'retry-after': '7' },
      { kind: 'retry', code: 'rate_limited', retryAfterMs: 7000, costsAttempt: false },
    ],
    [429, {}, { kind: 'retry', code: 'rate_limited', retryAfterMs: 60_000, costsAttempt: false }],
    [502, {}, { kind: 'retry', code: 'refused_for_now', costsAttempt: true }],
    [410, {}, { kind: 'gone' }],
  ])('HTTP %i with %j', async (status, headers, expected) => {
    const peer = await httpPeer((response) => response.writeHead(status, headers).end('<html>'));
    expect(await teams().send(peer.url, post())).toMatchObject(expected);
  });
});
