import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../../../support/databases.ts';
import { acceptAndRun, newDatabase, runRetention, type SettingsInput } from '../world.ts';

const on = { enabled: true, max_share: 1 } as const;

onEachDatabase((harness) => {
  describe('the policies of our own tables', () => {
    it('take a message with the row of the queue, and one that was left behind when that row was removed before', async () => {
      const database = await newDatabase(harness);
      await sql`
        insert into scheduled_communication (id, status, scheduled_date, target_type, target_id, channel, created_at)
        select n, case n when 3 then 'pending' else 'sent' end, '2024-01-01', 'asset', 1, 'email', '2024-01-01' from generate_series(1, 3) n`.execute(
        database.db,
      );
      // 1: with its row. 2: its row is young. 3: still to be sent. 4: left behind. 5: left behind, and an operator decides.
      await sql`
        insert into opsdeck_jobs.message (communication_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at,
                                          state, finished_at)
        select n, 'uar', 'X', 'email', 'a' || n || '@example.org', n::text, '{}', '2024-01-01', '2024-01-01',
               case n when 3 then 'queued' when 5 then 'unknown' else 'sent' end,
               case when n not in (3, 5) then timestamptz '2024-01-01' end
          from generate_series(1, 5) n`.execute(database.db);
      await sql`update scheduled_communication set created_at = '2026-02-01' where id = 2`.execute(
        database.db,
      );
      const left = async () =>
        (
          await sql<{ destination: string }>`select destination from opsdeck_jobs.message order by 1`.execute(
            database.db,
          )
        ).rows.map(({ destination }) => destination[1]);
      const settings: SettingsInput = { built_in: { scheduled_communication: on, message: on } };
      expect(await acceptAndRun(database, { settings })).toMatchObject({
        result: {
          policies: expect.arrayContaining([
            expect.objectContaining({ policy: 'scheduled_communication', taken: 1, related: 1 }),
            expect.objectContaining({ policy: 'message', taken: 1, related: 0 }),
          ]),
        },
      });
      expect(await left()).toEqual(['2', '3', '5']);
    });

    it('remove the address of an alert and leave the fact, but not of the newest end of an item that is there', async () => {
      const database = await newDatabase(harness);
      await sql`insert into license (id, name, is_archived) values (1, 'a', false), (2, 'b', false)`.execute(
        database.db,
      );
      // Licence 1 was renewed; 2 was not; 3 is gone. Two destinations got the same threshold.
      await sql`
        insert into opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key, expires_on, destination, threshold, state, reason, run_id,
                                               dedupe_key, recorded_at)
        select 'license', item, ends, ends::date, 'email ' || person || '@example.org', 30, 'alerted', 'no owner', gen_random_uuid(),
               'k', ends::timestamptz - interval '30 days'
          from (values (1, '2024-01-01'), (1, '2026-12-01'), (2, '2024-02-01'), (3, '2024-03-01')) i (item, ends),
               unnest(array['ana', 'bo']) as person`.execute(database.db);
      const settings: SettingsInput = { built_in: { alert_ledger: on } };
      expect(await acceptAndRun(database, { settings })).toMatchObject({
        result: { policies: [{ policy: 'alert_ledger', taken: 4, failed: null }] },
      });
      const { rows } = await sql<{ item: number; destination: string; reason: string | null }>`
        select item_id as item, replace(destination, id::text, 'KEY') as destination, reason from opsdeck_jobs.alert_ledger
         where expires_on < '2026-01-01' order by 1, 2`.execute(database.db);
      const gone = { destination: 'removed KEY', reason: null };
      expect(rows).toEqual([
        { item: 1, ...gone },
        { item: 1, ...gone },
        { item: 2, destination: 'email ana@example.org', reason: 'no owner' },
        { item: 2, destination: 'email bo@example.org', reason: 'no owner' },
        { item: 3, ...gone },
        { item: 3, ...gone },
      ]);
      // Nothing is done twice.
      expect(await runRetention(database, { settings })).toMatchObject({
        result: { policies: [{ due: 0, taken: 0 }] },
      });
    });

    it('keep the newest published rate of each currency, and the records of runs that have archives', async () => {
      const database = await newDatabase(harness);
      await sql`
        insert into opsdeck_jobs.fx_rate (provider, rate_date, base, quote, version, rate, fetched_at, run_id)
        values ('ecb', '2010-01-04', 'EUR', 'USD', 1, 1.4, now(), gen_random_uuid()),
               ('ecb', '2010-01-04', 'EUR', 'USD', 2, 1.41, now(), gen_random_uuid()),
               ('ecb', '2026-01-05', 'EUR', 'USD', 1, 1.1, now(), gen_random_uuid()),
               ('ecb', '2008-12-10', 'EUR', 'ISK', 1, 290, now(), gen_random_uuid())`.execute(database.db);
      await sql`
        insert into opsdeck_jobs.retention_run (run_id, started_at, policies, cleaned_at)
        values (gen_random_uuid(), '2020-01-01', '[]', '2020-01-01'), (gen_random_uuid(), '2020-01-01', '[]', null)`.execute(
        database.db,
      );
      const settings: SettingsInput = { built_in: { fx_rate: on, retention_run: on } };
      expect(await acceptAndRun(database, { settings })).toMatchObject({
        result: {
          policies: expect.arrayContaining([
            expect.objectContaining({ policy: 'fx_rate', taken: 2, failed: null }),
            expect.objectContaining({ policy: 'retention_run', taken: 1, failed: null }),
          ]),
        },
      });
      const { rows } = await sql<{
        quote: string;
      }>`select quote from opsdeck_jobs.fx_rate order by 1`.execute(database.db);
      expect(rows).toEqual([{ quote: 'ISK' }, { quote: 'USD' }]);
    });
  });
});
