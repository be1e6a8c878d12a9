import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../../src/db/open-database.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { outboxFor, queueRows, storedMessages } from './outbox.ts';

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

    it('content that cannot be read at all fails the run and strands nothing: the batch is as if not claimed', async () => {
      const { database } = await begin();
      const peer = await mailPeer({});
      await queueRows(database, [{}, {}]);
      await sql`alter table notification_event rename column event_code to code_for_test`.execute(
        database.db,
      );
      const outbox = outboxFor(database, peer.port);
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
