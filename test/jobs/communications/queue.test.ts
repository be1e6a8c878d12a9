import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { createNotifier } from '../../../src/notify/create-notifier.ts';
import { claimMessages, giveBack, planMessages } from '../../../src/notify/outbox/claim-messages.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { httpPeer } from '../../notify/channels/peers.ts';
import { message } from '../../notify/queue.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { newOutboxDatabase, outboxFor, queueRows, storedMessages } from './outbox.ts';

const noon = '2026-11-24T12:00:00Z';
const owner = '5b0c6a52-6f0e-4b6e-9df2-1c1f0f6a7a11';

/** Many rows with one template, in one statement. */
async function queueMany(
  database: OpenDatabase,
  count: number,
  to: string | null,
  created: string,
): Promise<void> {
  await sql`
    with t as (
      insert into email_template (name, subject, body_html, is_active)
      values (${`many ${to} ${created}`}, 'Many', '<p>Many</p>', true) returning id
    )
    insert into scheduled_communication
      (template_id, status, scheduled_date, target_type, target_id, recipient_email, channel, retry_count, created_at)
    select t.id, 'pending', date '2026-11-24', 'asset', n, ${to}::text, 'email', 0, ${created}::timestamp
      from t, generate_series(1, ${count}::integer) n`.execute(database.db);
}

/** Every text of every table, ours and OpsDeck's queue. */
async function everyRow(database: OpenDatabase): Promise<string> {
  const { rows } = await sql<{ all: string }>`
    select (select coalesce(string_agg(m::text, ' '), '') from opsdeck_jobs.message m)
        || (select coalesce(string_agg(d::text, ' '), '') from opsdeck_jobs.destination d)
        || (select coalesce(string_agg(r::text, ' '), '') from opsdeck_jobs.job_run r)
        || (select coalesce(string_agg(a::text, ' '), '') from opsdeck_jobs.action_log a)
        || (select coalesce(string_agg(c::text, ' '), '') from scheduled_communication c) as all`.execute(
    database.db,
  );
  return rows[0]?.all ?? '';
}

onEachDatabase((harness) => {
  const begin = async (at = noon) => {
    const clock = fakeClock(at);
    return { clock, database: await newOutboxDatabase(harness, clock) };
  };

  describe('the queue', () => {
    it('10,000 rows that can never be sent, in front of one good row: it goes out in the first run', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueMany(database, 10_000, null, '2026-11-24 00:00');
      await queueRows(database, [{ subject: 'Good' }]);
      const report = await outboxFor(database, peer.port).deliver();
      expect(report).toMatchObject({ sent: 1, adopted: 1, refused: { no_recipient: 10_000 } });
      expect(peer.mails.map(({ parsed }) => parsed.subject)).toEqual(['Good']);
    });

    it('a destination with many messages does not make the others wait: each gives its oldest first', async () => {
      const { clock, database } = await begin();
      await queueMany(database, 200, 'busy@example.org', '2026-11-24 01:00');
      for (const name of ['ana', 'bo', 'cy']) {
        await queueMany(database, 2, `${name}@example.org`, '2026-11-24 09:00');
      }
      await outboxFor(database, 1).deliver(AbortSignal.abort());
      const options = { now: clock.now(), channels: ['email'], runId: null } as const;
      const ids = (await planMessages(database.db, options)).slice(0, 10).map(({ id }) => id);
      const first = await claimMessages(database.db, owner, ids);
      const counts: Record<string, number> = {};
      for (const { destination } of first) counts[destination] = (counts[destination] ?? 0) + 1;
      expect(counts).toEqual({
        'ana@example.org': 2,
        'bo@example.org': 2,
        'cy@example.org': 2,
        'busy@example.org': 4,
      });
      expect(await claimMessages(database.db, owner, ids)).toEqual([]);
      await giveBack(database.db, owner, ids);
      // As if it had never been claimed: the same again.
      expect((await planMessages(database.db, options)).slice(0, 10).map(({ id }) => id)).toEqual(ids);
    });

    it('a message with a time to live of its own is put on hold when it is over, and not before', async () => {
      const { clock, database } = await begin();
      const peer = await mailPeer({});
      const notifier = createNotifier({
        jobName: 'compliance-drift',
        runId: owner,
        clock,
        zones: { business: 'Europe/Madrid', stored: database.storedZone },
        dryRun: false,
        routings: new Map(),
      });
      const to = (email: string, ttlHours: number) =>
        database.db
          .transaction()
          .execute((trx) =>
            notifier.enqueue(
              trx,
              message({ recipients: [{ kind: 'address', email }], ttlHours, dedupeKey: email }),
            ),
          );
      await to('short@example.org', 2);
      await to('long@example.org', 24 * 30);
      clock.advance(100 * 3_600_000);
      expect(await outboxFor(database, peer.port).deliver()).toMatchObject({ held: 1, sent: 1 });
      expect(peer.mails.map((mail) => mail.to)).toEqual([['long@example.org']]);
      expect(await storedMessages(database)).toMatchObject([{ state: 'held' }, { state: 'sent' }]);
    });

    it('an endless template fails its own message and no other', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      const loop =
        '{% for a in range(99999) %}{% for b in range(99999) %}{{ a * b }}{% endfor %}{% endfor %}';
      await queueRows(database, [
        { body: loop },
        { subject: 'Good' },
        { body: loop },
        { subject: 'Good too' },
      ]);
      const report = await outboxFor(database, peer.port).deliver();
      expect(report).toMatchObject({ sent: 2, failed: 2, reasons: { template_limit: 2 } });
      expect(peer.mails.map(({ parsed }) => parsed.subject).sort()).toEqual(['Good', 'Good too']);
    });

    it('secrets are in no log and no row: the address of a webhook, the token of the bot, the password', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      const hook = await httpPeer((response, _request, index) => {
        response
          .writeHead([500, 410, 404, 302, 200][index % 5] ?? 200, { location: 'http://elsewhere.invalid/' })
          .end('no');
      });
      const secrets = ['hunter2-path', 'hunter2-rule', 'xoxb-hunter2', 'hunter2-password', 'hunter2-key'];
      const { rows } = await sql<{ id: number }>`
        insert into event_rule (name, entity_type, webhook_url, slack_webhook_url, discord_webhook_url)
        values ('Assets', 'Asset', ${`${hook.url}/hunter2-rule`}, ${`${hook.url}/hunter2-rule`}, 'not a url hunter2-rule')
        returning id`.execute(database.db);
      const rule = { targetType: 'Asset', eventRuleId: rows[0]?.id ?? 0 };
      await queueRows(database, [
        {},
        { channel: 'webhook' },
        { channel: 'webhook' },
        { ...rule, channel: 'webhook' },
        { ...rule, channel: 'slack' },
        { ...rule, channel: 'discord' },
      ]);
      const outbox = outboxFor(database, peer.port, {
        channels: {
          webhook: { url: `${hook.url}/hunter2-path`, signingSecret: 'whsec_aHVudGVyMi1rZXk=' },
          slack: { botToken: 'xoxb-hunter2', webhookUrl: `${hook.url}/hunter2-path` },
        },
      });
      await outbox.deliver();
      expect(hook.received.length).toBeGreaterThan(2);
      const kept = (await everyRow(database)) + outbox.environment.everything();
      expect(kept).toContain('postponed');
      for (const secret of [...secrets, 'whsec_', 'aHVudGVyMi1rZXk']) expect(kept).not.toContain(secret);
    });
  });
});
