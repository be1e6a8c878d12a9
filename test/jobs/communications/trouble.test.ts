import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { createNotifier } from '../../../src/notify/create-notifier.ts';
import { decideMessages } from '../../../src/notify/outbox/decide-messages.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { httpPeer } from '../../notify/channels/peers.ts';
import { message } from '../../notify/queue.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { makeOurs, outboxFor, queueRows, storedMessages } from './outbox.ts';

const noon = '2026-11-24T12:00:00Z';

onEachDatabase((harness) => {
  const begin = async (at = noon) => {
    const clock = fakeClock(at);
    return { clock, database: await harness.fresh({ clock }) };
  };
  /** A function of the database that refuses, as for a role that lacks the right. */
  const refusing = (database: OpenDatabase) =>
    sql`
      create function refused_for_test() returns setof integer language plpgsql as
        $$ begin raise exception 'permission denied for table license' using errcode = '42501'; end $$`.execute(
      database.db,
    );

  describe('trouble of the database before anything is sent', () => {
    it('a kind of variables that cannot be read costs only its own messages: they wait with the reason, the others go', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await refusing(database);
      await sql`drop table if exists license cascade`.execute(database.db);
      await sql`
        create view license as
        select refused_for_test() as id, ''::text as name, null::date as expiry_date`.execute(database.db);
      await queueRows(database, [
        { targetType: 'license', subject: 'License' },
        { targetType: 'asset', subject: 'Asset' },
      ]);
      const report = await outboxFor(database, peer.port).deliver();
      expect(report).toMatchObject({ sent: 1, postponed: 1, reasons: { variables_unreadable: 1 } });
      expect(peer.mails.map(({ parsed }) => parsed.subject)).toEqual(['Asset']);
      expect(await storedMessages(database)).toMatchObject([
        {
          state: 'queued',
          retry_count: 0,
          error_message: 'The variables of license cannot be read: permission denied',
        },
        { state: 'sent' },
      ]);
    });

    it('one thing whose data cannot be read costs only the messages about it, which name it', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      const { rows } = await sql<{ id: number }>`
        insert into license (name, expiry_date, is_archived)
        values ('Figma', '2026-12-05', false), ('Endless', 'infinity', false), ('Sketch', '2026-12-06', false)
        returning id`.execute(database.db);
      const [figma, endless, sketch] = rows.map(({ id }) => id);
      const about = (targetId: number | undefined) => ({
        ...{ targetType: 'license', body: '{{ license_name }} {{ days_left }}' },
        targetId: targetId ?? 0,
      });
      await queueRows(database, [about(figma), about(endless), about(sketch), about(endless)]);
      const report = await outboxFor(database, peer.port).deliver();
      expect(report).toMatchObject({ sent: 2, postponed: 2, reasons: { variables_unreadable: 2 } });
      expect(peer.mails.map(({ parsed }) => parsed.text?.trim()).sort()).toEqual(['Figma 11', 'Sketch 12']);
      const waits = {
        ...{ state: 'queued', retry_count: 0 },
        error_message: `The variables of license ${endless} cannot be read: SQLSTATE 22008`,
      };
      expect(await storedMessages(database)).toMatchObject([
        { state: 'sent' },
        waits,
        { state: 'sent' },
        waits,
      ]);
    });

    it('content that cannot be read at all fails the run and strands nothing: the batch is as if not claimed', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [{}, {}]);
      await sql`alter table notification_event rename column event_code to code_for_test`.execute(
        database.db,
      );
      // Open for every row: no address is looked up before the content.
      const url = 'https://hooks.invalid/x';
      const channels = { slack: { webhookUrl: url }, webhook: { url } };
      const outbox = outboxFor(database, peer.port, { channels, switchedOff: ['discord', 'teams'] });
      await expect(outbox.deliver()).rejects.toThrow(/event_code/);
      const { rows } = await sql`
        select distinct state, attempts, failures, lease_owner from opsdeck_jobs.message`.execute(
        database.db,
      );
      expect(rows).toEqual([{ state: 'queued', attempts: 0, failures: 0, lease_owner: null }]);
      await sql`alter table notification_event rename column code_for_test to event_code`.execute(
        database.db,
      );
      expect(await outbox.deliver()).toMatchObject({ sent: 2 });
      expect(peer.mails.every(({ parsed }) => !/before/.test(parsed.text ?? ''))).toBe(true);
    });
  });

  describe('a short absence of the database after something was sent', () => {
    it('what was sent is recorded when it is back, and is not sent again', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [{}]);
      // A sequence counts also what is rolled back.
      await sql`create sequence absences_for_test`.execute(database.db);
      await sql`
        create function absent_for_test() returns trigger language plpgsql as $$ begin
          if new.state = 'sent' and nextval('absences_for_test') <= 2 then
            raise exception 'for a moment' using errcode = '40001';
          end if;
          return new;
        end $$`.execute(database.db);
      await sql`
        create trigger absent_for_test before update on opsdeck_jobs.message
          for each row execute function absent_for_test()`.execute(database.db);
      const outbox = outboxFor(database, peer.port);
      expect(await outbox.deliver()).toMatchObject({ sent: 1 });
      expect(await storedMessages(database)).toMatchObject([{ status: 'sent', state: 'sent' }]);
      expect(await outbox.deliver()).toMatchObject({ sent: 0, recovered: { requeued: 0, unknown: 0 } });
      expect(peer.mails).toHaveLength(1);
    });

    it('what the database ends to break a deadlock is done again: taking rows over, recording, deciding', async () => {
      const { database, clock } = await begin();
      const hook = await httpPeer((response) => void response.writeHead(404).end());
      const ids = await queueRows(database, [{ channel: 'webhook' }]);
      await sql`create sequence deadlocks_for_test`.execute(database.db);
      await sql`
        create function deadlock_for_test() returns trigger language plpgsql as $$ begin
          -- Sequences are not rolled back: every other update fails.
          if nextval('deadlocks_for_test') % 2 = 1 then raise exception 'deadlock' using errcode = '40P01'; end if;
          return new;
        end $$`.execute(database.db);
      await sql`
        create trigger deadlock_for_test before update on scheduled_communication
          for each row execute function deadlock_for_test()`.execute(database.db);
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
      expect(await outbox.deliver()).toMatchObject({ adopted: 1, failed: 1 });
      const zones = { business: 'Europe/Madrid', stored: database.storedZone };
      const retried = await decideMessages(
        { db: database.db, clock },
        zones,
        'retry',
        { kind: 'ids', ids: ids.map(String) },
        'ana',
      );
      expect(retried).toMatchObject({ changed: { failed: 1 } });
      const { rows } = await sql<{
        count: number;
      }>`select last_value::integer as count from deadlocks_for_test`.execute(database.db);
      expect(rows).toEqual([{ count: 6 }]);
      expect(hook.received).toHaveLength(1);
    });

    it('after an outcome that cannot be recorded nothing more is sent, and what was not begun is as it was', async () => {
      const { database } = await begin();
      const hook = await httpPeer((response) => void response.writeHead(200).end());
      await queueRows(
        database,
        Array.from({ length: 400 }, () => ({ channel: 'webhook' })),
      );
      await sql`
        create function refuse_for_test() returns trigger language plpgsql as $$ begin
          if new.state = 'sent' then raise exception 'no outcome is recorded'; end if;
          return new;
        end $$`.execute(database.db);
      await sql`
        create trigger refuse_for_test before update on opsdeck_jobs.message
          for each row execute function refuse_for_test()`.execute(database.db);
      await expect(
        outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } }).deliver(),
      ).rejects.toThrow('no outcome is recorded');
      const { rows } = await sql<{ state: string; begun: boolean; attempts: number; count: number }>`
        select state, begun_at is not null as begun, attempts, count(*)::integer as count
          from opsdeck_jobs.message group by 1, 2, 3 order by 1 desc`.execute(database.db);
      // Those that may be sent before the first answer of the database.
      expect(hook.received.length).toBeLessThanOrEqual(192);
      expect(rows).toEqual([
        { state: 'sending', begun: true, attempts: 1, count: hook.received.length },
        { state: 'queued', begun: false, attempts: 0, count: 400 - hook.received.length },
      ]);
    });
  });

  describe('somebody who asks to wait', () => {
    it.each([
      ['Retry-After: 0', '0'],
      ['a date that is past', 'Tue, 01 Jan 2019 00:00:00 GMT'],
    ])('for no time at all (%s) is asked once in a run, and again after a minute', async (_, value) => {
      const { clock, database } = await begin();
      const hook = await httpPeer((response) => {
        // Time passes while the run goes on.
        clock.advance(3_600_000);
        response.writeHead(429, { 'retry-after': value }).end();
      });
      await queueRows(database, [{ channel: 'webhook' }]);
      const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
      expect(await outbox.deliver()).toMatchObject({ postponed: 1, reasons: { rate_limited: 1 } });
      expect(hook.received).toHaveLength(1);
      const [stored] = await storedMessages(database);
      expect(stored).toMatchObject({ state: 'queued', retry_count: 0 });
      expect(stored?.next_attempt_at?.getTime()).toBeGreaterThanOrEqual(clock.now().getTime() + 60_000);
      // One that is to be tried again is nothing to warn of.
      expect(outbox.environment.everything()).not.toMatch(/"level":40/);
    });

    it('lets those behind wait by our own pace: no attempt, no failure, no warning, and not its refusal', async () => {
      const { database } = await begin();
      const hook = await httpPeer((response) => void response.writeHead(429, { 'retry-after': '600' }).end());
      const { rows } = await sql<{ id: number }>`
        insert into event_rule (name, entity_type, discord_webhook_url)
        values ('Assets', 'Asset', ${hook.url}) returning id`.execute(database.db);
      const row = { targetType: 'Asset', eventRuleId: rows[0]?.id ?? 0, channel: 'discord' };
      await queueRows(database, [row, row, row]);
      const outbox = outboxFor(database, undefined);
      expect(await outbox.deliver()).toMatchObject({
        postponed: 1,
        paused: 2,
        reasons: { rate_limited: 1 },
      });
      expect(hook.received).toHaveLength(1);
      const kept = await sql<{ last_code: string; attempts: number; waits: number; failures: number }>`
        select last_code, attempts, waits, failures from opsdeck_jobs.message order by last_code, id`.execute(
        database.db,
      );
      expect(kept.rows).toEqual([
        { last_code: 'paced', attempts: 0, waits: 0, failures: 0 },
        { last_code: 'paced', attempts: 0, waits: 0, failures: 0 },
        { last_code: 'rate_limited', attempts: 1, waits: 1, failures: 0 },
      ]);
      expect(outbox.environment.everything()).not.toMatch(/"level":40|asked for a pause/);
    });
  });

  it('a body that would keep the process busy fails its own message, a campaign as well; the others go', async () => {
    const { database } = await begin();
    const peer = await mailPeer({});
    const hostile = '<b>'.repeat(50_000);
    const campaign = await sql<{ id: number }>`
      insert into campaign (title, subject, body_html, status) values ('News', 'News', ${hostile}, 'ongoing')
      returning id`.execute(database.db);
    await queueRows(database, [
      { body: hostile },
      { targetType: 'campaign', targetId: campaign.rows[0]?.id ?? 0 },
      { channel: 'slack', to: null, body: hostile },
      { subject: 'Good' },
    ]);
    const channels = { slack: { webhookUrl: 'https://hooks.invalid/x' } };
    const report = await outboxFor(database, peer.port, { channels }).deliver();
    expect(report).toMatchObject({ sent: 1, failed: 3, reasons: { template_limit: 3 } });
    expect((await storedMessages(database))[0]?.error_message).toMatch(
      /nests elements deeper than 200 levels/,
    );
  });

  it('a mail that was seen in time is not put on hold because e-mail is not configured for long; one that was too old at first sight is', async () => {
    const { clock, database } = await begin();
    const peer = await mailPeer({});
    const notifier = createNotifier({
      jobName: 'compliance-drift',
      runId: '5b0c6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
      clock,
      zones: { business: 'Europe/Madrid', stored: database.storedZone },
      dryRun: false,
      routings: new Map(),
    });
    const queue = (email: string) =>
      database.db
        .transaction()
        .execute((trx) =>
          notifier.enqueue(trx, message({ recipients: [{ kind: 'address', email }], dedupeKey: email })),
        );
    await queue('seen@example.org');
    await outboxFor(database, undefined).deliver();
    await queue('unseen@example.org');
    clock.advance(100 * 3_600_000);
    expect(await outboxFor(database, undefined).deliver()).toMatchObject({ held: 1 });
    expect(await outboxFor(database, peer.port).deliver()).toMatchObject({ held: 0, sent: 1 });
    expect(peer.mails.map((mail) => mail.to[0])).toEqual(['seen@example.org']);
  });

  it('event rules that cannot be read keep back what needs their addresses, not mails; it is reported once', async () => {
    const { clock, database } = await begin();
    const [peer, hook] = [
      await mailPeer({}),
      await httpPeer((response) => void response.writeHead(200).end()),
    ];
    const { rows } = await sql<{ id: number }>`
      insert into event_rule (name, entity_type, webhook_url) values ('Assets', 'Asset', ${hook.url}) returning id`.execute(
      database.db,
    );
    const row = { targetType: 'Asset', eventRuleId: rows[0]?.id ?? 0 };
    await queueRows(database, [row, { ...row, channel: 'webhook' }, { ...row, channel: 'webhook' }]);
    await sql`alter table event_rule rename to event_rule_for_test`.execute(database.db);
    const outbox = outboxFor(database, peer.port, { channels: { webhook: { url: `${hook.url}/shared` } } });
    expect(await outbox.deliver()).toMatchObject({ sent_by: { email: 1, webhook: 0 }, postponed: 2 });
    expect(outbox.environment.everything().match(/addresses of event rules cannot be read/g)).toHaveLength(1);
    await sql`alter table event_rule_for_test rename to event_rule`.execute(database.db);
    clock.advance(3_600_000);
    expect(await outbox.deliver()).toMatchObject({ sent_by: { webhook: 2 } });
    expect(hook.received.map(({ path }) => path)).toEqual(['/', '/']);
  });

  it('`messages retry` of one that was put off: it is tried at the next run', async () => {
    const { clock, database } = await begin();
    let answer = 503;
    const hook = await httpPeer((response) => void response.writeHead(answer).end());
    const [id = 0] = await queueRows(database, [{ channel: 'webhook' }]);
    const outbox = outboxFor(database, undefined, { channels: { webhook: { url: hook.url } } });
    await outbox.deliver();
    answer = 200;
    expect(await outbox.deliver()).toMatchObject({ sent: 0 });
    const zones = { business: 'Europe/Madrid', stored: database.storedZone };
    const retry = () =>
      decideMessages({ db: database.db, clock }, zones, 'retry', { kind: 'ids', ids: [String(id)] }, 'ana');
    expect(await retry()).toMatchObject({ changed: { queued: 1 }, already: 0, refused: 0 });
    expect(await retry()).toMatchObject({ changed: {}, already: 1, refused: 0 });
    expect(await outbox.deliver()).toMatchObject({ sent: 1 });
  });

  it('one that was in doubt and that OpsDeck has decided about meanwhile waits for no decision any more', async () => {
    const { database } = await begin();
    await queueRows(database, [{}, {}]);
    await makeOurs(database);
    await sql`update opsdeck_jobs.message set state = 'unknown'`.execute(database.db);
    await sql`
      update scheduled_communication set status = 'cancelled'
       where id = (select min(id) from scheduled_communication)`.execute(database.db);
    expect(await outboxFor(database, undefined).deliver()).toMatchObject({ cancelled: 1 });
    expect((await storedMessages(database)).map(({ state }) => state)).toEqual(['cancelled', 'unknown']);
  });

  describe('the key of a destination', () => {
    it.each([
      'HTTPS://hooks.invalid/hunter2',
      'hooks.invalid/services/hunter2',
      '"https://hooks.invalid/hunter2"',
    ])('is a hash for whatever stands in a column or setting of addresses: %s', async (address) => {
      const { clock, database } = await begin();
      const { rows } = await sql<{ id: number }>`
          insert into event_rule (name, entity_type, webhook_url, slack_webhook_url, discord_webhook_url)
          values ('Assets', 'Asset', ${address}, ${address}, ${address}) returning id`.execute(database.db);
      const row = { targetType: 'Asset', eventRuleId: rows[0]?.id ?? 0 };
      await queueRows(
        database,
        ['webhook', 'slack', 'discord'].map((channel) => ({ ...row, channel })),
      );
      const outbox = outboxFor(database, undefined);
      await outbox.deliver();
      clock.advance(3_600_000);
      const kept = await sql<{ all: string }>`
          select coalesce(string_agg(d::text, ' '), '')
                 || (select string_agg(coalesce(m.breaker_key, '') || coalesce(m.last_reason, ''), ' ') from opsdeck_jobs.message m)
                 as all
            from opsdeck_jobs.destination d`.execute(database.db);
      expect(kept.rows[0]?.all).toMatch(/webhook [0-9a-f]{16}/);
      expect(kept.rows[0]?.all + outbox.environment.everything()).not.toContain('hunter2');
    });
  });
});
