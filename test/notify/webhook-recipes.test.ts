import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { failingMessage, recoveredMessage } from '../../src/job/failure-message.ts';
import type { Notice } from '../../src/notify/notice.ts';
import { codeAfter } from '../docs/manual/blocks.ts';
import { outboxFor } from '../jobs/communications/outbox.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { httpPeer, type Received } from './channels/peers.ts';
import { addUser, enqueue, message, notifierFor } from './queue.ts';

/* The recipes of docs/messages.md as they stand there, against servers that check what those of PagerDuty and ntfy check. */

/** https://developer.pagerduty.com/docs/send-alert-event */
const pagerDutyEvent = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().min(1).max(255),
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    source: z.string().min(1),
    component: z.string(),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime(),
    custom_details: z.record(z.string(), z.json()),
  }),
  links: z.array(z.strictObject({ href: z.url(), text: z.string() })),
});

/** https://docs.ntfy.sh/publish/#publish-as-json */
const ntfyMessage = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: z.string(),
  message: z.string().max(4096),
  priority: z.int().min(1).max(5),
  tags: z.array(z.string()),
  click: z.url().optional(),
});

async function peerThatChecks(schema: z.ZodType, isAllowed: (request: Received) => boolean) {
  return httpPeer((response, request) => {
    const checked = schema.safeParse(JSON.parse(request.body));
    const status = !isAllowed(request) ? 403 : checked.success ? 202 : 400;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":"success"}');
  });
}

/** The configuration of a recipe, with its address replaced. */
async function recipe(heading: string, file: string, url: string, env: Readonly<Record<string, string>>) {
  const cwd = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-recipe-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const written = codeAfter('docs/messages.md', heading, 'json');
  await writeFile(join(cwd, 'opsdeck-jobs.json'), written.replace(/https:\/\/[^"]+/, url));
  await writeFile(join(cwd, file), codeAfter('docs/messages.md', heading, 'jinja'));
  return loadConfig({ env: { HOME: cwd, ...env }, cwd, jobs: [] }).config;
}

const key = 'R0123456789ABCDEF0123456789ABCDE';
const at = new Date('2026-11-24T09:30:00Z');

const notice: Notice = {
  severity: 'critical',
  state: 'open',
  thread: 'compliance-drift:regressions:1',
  url: 'https://opsdeck.example.org/compliance/dashboard',
  items: Array.from({ length: 12 }, (_, n) => ({
    type: 'control',
    id: n,
    name: `A.5.${n} "Policies"\n`,
    text: 'compliant → non-compliant',
    severity: 'critical' as const,
    url: null,
  })),
  items_total: 19,
};

onEachDatabase((harness) => {
  describe('the recipe of the manual', () => {
    it('for PagerDuty opens an incident, and the recovery resolves it', async () => {
      const database = await harness.fresh({ clock: fakeClock('2026-07-01T12:00:00Z') });
      const peer = await peerThatChecks(pagerDutyEvent, ({ path }) => path === '/v2/enqueue');
      const config = await recipe('PagerDuty', 'pagerduty.jinja', `${peer.url}/v2/enqueue`, {
        OPSDECK_JOBS_SECRET_PAGERDUTY: key,
      });
      const { destinations, postForms, notifications: routings } = config;
      const streak = {
        ...{ job: 'expiry', firstRun: '1', firstAt: at, lastRun: '1', lastAt: at, failures: 1, day: 0 },
        ...{ runner: 'host', errorCode: 'query_failed', errorMessage: 'a "table" is missing', effect: null },
        ...{ errorNext: null, lastSuccessAt: null, still: false },
      };
      const over = {
        job: 'expiry',
        firstRun: '1',
        succeededAt: at,
        firstAt: at,
        failures: 1,
        missed: 0,
        effect: null,
      };
      const notifier = notifierFor({ routings });
      await enqueue(database, failingMessage(streak, 'UTC'), notifier);
      await enqueue(database, recoveredMessage(over, 'UTC'), notifier);
      expect(await outboxFor(database, undefined, { destinations, postForms }).deliver()).toMatchObject({
        sent: 2,
      });
      const sent = peer.received.map(({ body }) => pagerDutyEvent.parse(JSON.parse(body)));
      expect(sent.map(({ event_action }) => event_action).sort()).toEqual(['resolve', 'trigger']);
      expect(new Set(sent.map(({ dedup_key }) => dedup_key)).size).toBe(1);
      expect(sent.find(({ event_action }) => event_action === 'trigger')).toMatchObject({
        routing_key: key,
        payload: { severity: 'error', component: 'compliance-drift' },
      });
    });

    it('for ntfy is accepted with its token, and names the items', async () => {
      const database = await harness.fresh({ clock: fakeClock('2026-07-01T12:00:00Z') });
      await addUser(database, 'ana@example.org');
      const peer = await peerThatChecks(
        ntfyMessage,
        ({ path, headers }) => path === '/' && headers.authorization === 'Bearer tk_hunter2',
      );
      const config = await recipe('ntfy', 'ntfy.jinja', `${peer.url}/`, {
        OPSDECK_JOBS_SECRET_NTFY: 'tk_hunter2',
      });
      const { destinations, postForms, notifications: routings } = config;
      await enqueue(database, message({ notice }), notifierFor({ routings }));
      const report = await outboxFor(database, undefined, { destinations, postForms }).deliver();
      expect(report).toMatchObject({ sent: 1 });
      const [sent] = peer.received.map(({ body }) => ntfyMessage.parse(JSON.parse(body)));
      expect(sent).toMatchObject({ priority: 5, click: notice.url, title: '3 regressions' });
      expect(sent?.message).toContain('A.5.9');
      expect(sent?.message).toMatch(/and 9 more$/);
    });

    it('a body that is not JSON fails its message, with the reason', async () => {
      const database = await harness.fresh({ clock: fakeClock('2026-07-01T12:00:00Z') });
      const peer = await httpPeer((response) => response.end());
      const destinations = new Map([['ops', { webhook: peer.url }]]);
      const postForms = new Map([['ops', { body: '{"a": {{ data.subject }}}', headers: {}, secrets: {} }]]);
      const routings = new Map([
        [
          'COMPLIANCE_DRIFT',
          {
            channels: ['webhook' as const],
            destination: { kind: 'named' as const, name: 'ops', channels: ['webhook' as const] },
          },
        ],
      ]);
      await enqueue(database, message({ notice }), notifierFor({ routings }));
      const outbox = outboxFor(database, undefined, { destinations, postForms });
      expect(await outbox.deliver()).toMatchObject({ sent: 0, failed: 1 });
      expect(peer.received).toEqual([]);
    });
  });
});
