import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { advanceCampaigns } from '../../../jobs/communications/campaigns.sql.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { httpPeer } from '../../notify/channels/peers.ts';
import { addUser, enqueue, message } from '../../notify/queue.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { newOutboxDatabase, outboxFor, type QueuedRow, queueRows, storedMessages } from './outbox.ts';

const noon = '2026-11-24T12:00:00Z';

onEachDatabase((harness) => {
  const begin = async () => {
    const clock = fakeClock(noon);
    return { clock, database: await newOutboxDatabase(harness, clock) };
  };
  const one = async (database: OpenDatabase, statement: string) => {
    const { rows } = await sql.raw<{ id: number }>(`${statement} returning id`).execute(database.db);
    return rows[0]?.id ?? 0;
  };
  /** What is sent for these rows, as text, by subject. */
  const sent = async (database: OpenDatabase, rows: readonly QueuedRow[]) => {
    const peer = await mailPeer({});
    await queueRows(
      database,
      rows.map((row, at) => ({ subject: String(at), ...row })),
    );
    await outboxFor(database, peer.port, { appBaseUrl: 'https://opsdeck.example.org' }).deliver();
    const texts = new Map(
      peer.mails.map(({ parsed }) => [parsed.subject, parsed.text?.trim().replace(/\s+/g, ' ')]),
    );
    return rows.map((_, at) => texts.get(String(at)));
  };

  describe('the variables of a row that OpsDeck queued', () => {
    it('onboarding and offboarding: the person, the manager and the buddy, or that there is none', async () => {
      const { database } = await begin();
      const boss = await addUser(database, 'boss@example.org', { name: 'Bo' });
      const ana = await addUser(database, 'ana@example.org', { name: 'Ana' });
      const pack = await one(
        database,
        `insert into onboarding_pack (name, is_active) values ('Engineers', true)`,
      );
      const process = (columns: string, values: string) =>
        one(
          database,
          `insert into onboarding_process (new_hire_name, target_email, start_date, ${columns}) values ('Nia', 'nia@example.org', '2026-12-01', ${values})`,
        );
      const full = await process('user_id, assigned_manager_id, pack_id', `${ana}, ${boss}, ${pack}`);
      const bare = await process('notes', `null`);
      const leaving = await one(
        database,
        `insert into offboarding_process (user_id, departure_date) values (${ana}, '2026-12-31')`,
      );
      const body =
        '{{ new_hire_name }} {{ start_date }} {{ pack.name }} {{ user.name }} {{ user.email }} [{{ user.job_title }}] {% if manager %}{{ manager.name }}{% else %}nobody{% endif %} {% if buddy %}buddy{% endif %}';
      expect(
        await sent(database, [
          { targetType: 'onboarding', targetId: full, body },
          { targetType: 'onboarding', targetId: bare, body },
          { targetType: 'onboarding', targetId: 4711, body: '[{{ new_hire_name }}] {{ today }}' },
          { targetType: 'offboarding', targetId: leaving, body: '{{ departure_date }} {{ user.name }}' },
        ]),
      ).toEqual([
        'Nia 2026-12-01 Engineers Ana ana@example.org [] Bo',
        'Nia 2026-12-01 Nia nia@example.org [] nobody',
        // It does not exist.
        undefined,
        '2026-12-31 Ana',
      ]);
    });

    it('license, subscription and compliance rule: days are left by the calendar of the business zone', async () => {
      const { database, clock } = await begin();
      clock.set('2026-11-24T23:30:00Z');
      const license = await one(
        database,
        `insert into license (name, expiry_date, is_archived) values ('Figma', '2026-12-05', false)`,
      );
      const subscription = await one(
        database,
        `insert into subscription
           (name, subscription_type, renewal_date, auto_renew, renewal_period_type, renewal_period_value, cost, currency, is_archived)
         values ('Cloud', 'SaaS', '2024-11-30', true, 'yearly', 1, 1200.5, 'USD', false)`,
      );
      const framework = await one(
        database,
        `insert into framework (name, is_custom, is_active) values ('House', true, true)`,
      );
      const control = await one(
        database,
        `insert into framework_control (framework_id, control_id, name, is_applicable)
         values (${framework}, 'A-1', 'Backups', true)`,
      );
      const rule = await one(
        database,
        `insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
         values (${control}, 'Restore', 'BCDRTestLog', '{"method": "any_passed"}', 90, 7, true)`,
      );
      const unmet = await one(
        database,
        `insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
         values (${control}, 'Upkeep', 'MaintenanceLog', '{"method": "any_completed"}', 30, 7, true)`,
      );
      const continuity = await one(database, `insert into bcdr_plan (name) values ('House')`);
      await one(
        database,
        `insert into bcdr_test_log (plan_id, test_date, status) values (${continuity}, '2026-08-12', 'Passed')`,
      );
      const evidence =
        '{{ last_evidence_date or "none" }} {{ days_since }} {{ days_overdue }} {{ status }}: {{ message }}';
      expect(
        await sent(database, [
          {
            targetType: 'license',
            targetId: license,
            body: '{{ license_name }} {{ expiry_date }} {{ days_left }}',
          },
          {
            targetType: 'subscription',
            targetId: subscription,
            body: '{{ subscription_name }} {{ renewal_date }} {{ days_left }} {{ cost }}',
          },
          {
            targetType: 'compliance_rule',
            targetId: rule,
            body: '{{ rule_name }} {{ control_id }} {{ control_name }} {{ framework_name }} {{ frequency_days }}+{{ grace_period_days }}',
          },
          { targetType: 'compliance_rule', targetId: rule, body: evidence },
          { targetType: 'compliance_rule', targetId: unmet, body: evidence },
        ]),
      ).toEqual([
        'Figma 2026-12-05 10',
        'Cloud 2026-11-30 5 1200.5 USD',
        'Restore A-1 Backups House 90+7',
        '2026-08-12 105 8 non_compliant: The newest evidence is of 2026-08-12, 105 days ago',
        'none -1 N/A non_compliant: There is no evidence',
      ]);
    });

    it('an event rule: what the journal has, with its old and new values; a broken journal entry costs only its values', async () => {
      const { database } = await begin();
      const rule = await one(
        database,
        `insert into event_rule (name, entity_type) values ('Assets', 'Asset')`,
      );
      const journal = (changes: string, entity = 'Asset') =>
        one(
          database,
          `insert into audit_log ("timestamp", user_email, action, entity_type, entity_id, entity_repr, changes)
           values ('2026-11-24 09:30:00', null, 'update', '${entity}', 7, 'Laptop 7', '${changes}')`,
        );
      const whole = await journal('{"status": {"old": "New", "new": "<b>Lost</b>"}}');
      const broken = await journal('{"status": ', 'Policy');
      const body =
        '{{ entity }} {{ entity_type }} {{ entity_id }} {{ action }} {{ actor }} {{ recipient_name }} {{ event_url }} {% for field, change in changes.items() %}{{ field }}: {{ change.old }} > {{ change.new }}{% endfor %}';
      const event = { targetType: 'Asset', targetId: 7, eventRuleId: rule, body };
      expect(
        await sent(database, [
          { ...event, auditLogId: whole },
          {
            ...event,
            auditLogId: broken,
            body: '{{ entity }} [{{ event_url }}] {% if changes %}changes{% endif %}',
          },
        ]),
      ).toEqual([
        'Laptop 7 Asset 7 update system Ana https://opsdeck.example.org/assets/7 status: New > <b>Lost</b>',
        'Laptop 7 []',
      ]);
    });
  });

  describe('campaigns', () => {
    it('have a subject and a body of their own, and go on from here: scheduled, ongoing, finished', async () => {
      const { clock, database } = await begin();
      const ana = await addUser(database, 'ana@example.org', { name: 'Ana' });
      const campaign = await one(
        database,
        `insert into campaign (title, subject, body_html, status, scheduled_at)
         values ('News', 'News for {{ user.name }}', '<p>{{ user.email }} {% if manager %}{{ manager.name }}{% endif %}</p>', 'scheduled', '2026-11-24 15:00')`,
      );
      const row = { targetType: 'campaign', targetId: campaign, template: 'none' } as const;
      await queueRows(database, [
        { ...row, recipientUserId: ana },
        { ...row, to: 'guest@example.org', scheduled: '2026-11-25' },
      ]);
      const peer = await mailPeer({});
      const outbox = outboxFor(database, peer.port);
      const advance = async () => {
        const zones = { business: 'Europe/Madrid', stored: database.storedZone };
        await database.db.transaction().execute((trx) => advanceCampaigns(trx, clock.now(), zones));
        const { rows } = await sql<{ status: string }>`select status from campaign`.execute(database.db);
        return rows[0]?.status;
      };
      await outbox.deliver();
      expect(peer.mails.map(({ parsed }) => [parsed.subject, parsed.text?.trim()])).toEqual([
        ['News for Ana', 'ana@example.org'],
      ]);
      // 13:00 in the business zone: it is scheduled for 15:00.
      expect(await advance()).toBe('scheduled');
      clock.set('2026-11-24T14:00:00Z');
      expect(await advance()).toBe('ongoing');
      clock.set('2026-11-25T12:00:00Z');
      await outbox.deliver();
      expect(peer.mails.at(-1)?.parsed.text?.trim()).toBe('guest@example.org');
      expect(await advance()).toBe('finished');
      expect(await advance()).toBe('finished');
    });
  });

  describe('the address of a webhook', () => {
    it("is the event rule's own, for each of its channels; a row without a rule has the shared one", async () => {
      const { database } = await begin();
      const [rules, shared] = [
        await httpPeer((response) => void response.writeHead(200).end('ok')),
        await httpPeer((response) => void response.writeHead(200).end('ok')),
      ];
      const rule = await one(
        database,
        `insert into event_rule (name, entity_type, webhook_url, slack_webhook_url, discord_webhook_url)
         values ('Assets', 'Asset', '${rules.url}/web', '${rules.url}/slack', '${rules.url}/discord')`,
      );
      const row = { targetType: 'Asset', targetId: 7, eventRuleId: rule };
      await queueRows(database, [
        { ...row, channel: 'webhook' },
        { ...row, channel: 'slack' },
        { ...row, channel: 'discord' },
        { channel: 'webhook' },
      ]);
      const outbox = outboxFor(database, undefined, {
        channels: { webhook: { url: `${shared.url}/shared` } },
      });
      expect(await outbox.deliver()).toMatchObject({
        sent: 4,
        sent_by: { slack: 1, webhook: 2, discord: 1 },
      });
      expect(rules.received.map(({ path }) => path.split('?')[0]).sort()).toEqual([
        '/discord',
        '/slack',
        '/web',
      ]);
      expect(JSON.parse(rules.received.find(({ path }) => path === '/web')?.body ?? '')).toMatchObject({
        event: `EVENT_RULE_${rule}`,
      });
      expect(shared.received.map(({ path }) => path)).toEqual(['/shared']);
    });

    it('is that of the configured name, or of the event; a name that is not configured waits', async () => {
      const { database } = await begin();
      const hook = await httpPeer((response) => void response.writeHead(200).end('ok'));
      const recipients = [
        ...(['slack_webhook', 'webhook', 'discord'] as const).map((kind) => ({ kind, name: 'ops' })),
        { kind: 'webhook', name: 'unknown' },
        { kind: 'slack_channel', name: '#alerts' },
      ] as const;
      await enqueue(database, message({ recipients }));
      const named = (place: string) => ({
        slack: `${hook.url}/${place}/slack`,
        webhook: `${hook.url}/${place}/web`,
        discord: `${hook.url}/${place}/discord`,
      });
      const outbox = outboxFor(database, undefined, {
        destinations: new Map([
          ['ops', named('ops')],
          ['COMPLIANCE_DRIFT', named('event')],
        ]),
        channels: { webhook: { url: `${hook.url}/shared` } },
      });
      const year = 365 * 86_400_000;
      expect(await outbox.deliver(undefined, year)).toMatchObject({ sent: 4, unconfigured: { webhook: 1 } });
      expect(hook.received.map(({ path }) => path.split('?')[0]).sort()).toEqual([
        '/event/slack',
        '/ops/discord',
        '/ops/slack',
        '/ops/web',
      ]);
      const kept = await sql<{ all: string }>`
        select string_agg(m::text || c::text, ' ') as all from opsdeck_jobs.message m
          join scheduled_communication c on c.id = m.communication_id`.execute(database.db);
      expect(kept.rows[0]?.all).not.toContain('127.0.0.1');
    });

    it('of one event failing does not hide that of another: each has its own breaker', async () => {
      const { clock, database } = await begin();
      const broken = await httpPeer((response) => void response.writeHead(503).end());
      const good = await httpPeer((response) => void response.writeHead(200).end());
      await sql`
        insert into notification_event (event_code, name, enabled, days_offset, webhook_url) values
          ('LICENSE_EXPIRING', 'L', true, 0, ${broken.url}), ('SUBSCRIPTION_RENEWAL', 'S', true, 0, ${good.url})`.execute(
        database.db,
      );
      await one(database, `insert into license (id, name, is_archived) values (1, 'Figma', false)`);
      await one(
        database,
        `insert into subscription (id, name, subscription_type, renewal_date, renewal_period_type, cost, is_archived)
         values (1, 'Cloud', 'SaaS', '2026-11-30', 'yearly', 1, false)`,
      );
      const row = { channel: 'webhook', targetId: 1 };
      await queueRows(
        database,
        Array.from({ length: 6 }, () => ({ ...row, targetType: 'license' })),
      );
      const outbox = outboxFor(database, undefined);
      await outbox.deliver();
      clock.advance(60_000);
      await queueRows(database, [
        { ...row, targetType: 'license' },
        { ...row, targetType: 'subscription' },
      ]);
      expect(await outbox.deliver()).toMatchObject({ paused: 1, sent: 1 });
      expect(good.received).toHaveLength(1);
      expect((await storedMessages(database)).at(-1)).toMatchObject({ status: 'sent' });
    });
  });
});
