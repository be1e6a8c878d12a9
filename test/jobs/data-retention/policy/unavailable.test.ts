import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { dataRetention } from '../../../../jobs/data-retention/job.ts';
import { onEachDatabase, onOpsdeck } from '../../../support/databases.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { newDatabase, runRetention, start } from '../world.ts';

const old = {
  enabled: true,
  max_share: 1,
};

onOpsdeck((harness) => {
  it('a policy whose column is missing is unavailable by name, and the others run', async () => {
    const database = await harness.fresh({ clock: fakeClock(start) });
    await sql`insert into exchange_rate (currency_code, rate, fetched_at)
      select 'QQQ', 1, '2020-01-01'::timestamp + make_interval(days => n) from generate_series(1, 3) n`.execute(
      database.db,
    );
    const settings = { built_in: { audit_log: old, exchange_rate: old } };
    const outcome = await runRetention(database, { settings });
    const missing = harness.revision === '009';
    expect(outcome.fault).toMatchObject({
      code: missing ? 'retention_policy' : 'acceptance_needed',
      message: expect.stringContaining(
        missing
          ? 'The retention policy audit_log cannot be used: the database has no column audit_log.event_processed. Nothing was deleted by a policy that waits for an acceptance: exchange_rate'
          : 'exchange_rate',
      ),
    });
    expect(await runRetention(database, { settings, accept: 'exchange_rate:2' })).toMatchObject({
      exitCode: missing ? 2 : 0,
      result: {
        policies: expect.arrayContaining([expect.objectContaining({ policy: 'exchange_rate', taken: 2 })]),
      },
    });
  });
});

onEachDatabase((harness) => {
  it('names every table and column that a policy misses, at once', async () => {
    const database = await newDatabase(harness);
    await sql`alter table audit_log drop column timestamp, drop column event_processed`.execute(database.db);
    expect(await runRetention(database, { settings: { built_in: { audit_log: old } } })).toMatchObject({
      exitCode: 2,
      fault: { message: expect.stringContaining('no column audit_log.timestamp, audit_log.event_processed') },
    });
  });

  it('evidence is kept for 1,125 days: a policy below that is refused alone, unless floor_days has a reason', async () => {
    const database = await newDatabase(harness, 'owner');
    const policy = {
      table: 'maintenance_log',
      timestamp_column: 'event_date',
      keep_days: 365,
      action: 'delete',
    } as const;
    const policies = { short: policy, long: { ...policy, keep_days: 1125 } };
    expect(await runRetention(database, { settings: { policies, floor_days: undefined } })).toMatchObject({
      exitCode: 2,
      fault: {
        code: 'retention_policy',
        message: expect.stringMatching(
          /^The retention policy short cannot be used: it keeps rows of maintenance_log for 365 days, less than the 1125/,
        ),
      },
      result: {
        policies: [
          { policy: 'short', failed: { code: 'retention_policy' } },
          { policy: 'long', failed: null },
        ],
      },
    });
    const floor_days = { days: 365, reason: 'the works council agreed to a year' };
    for (const _ of [1, 2])
      expect(await runRetention(database, { settings: { policies, floor_days } })).toMatchObject({
        exitCode: 0,
      });
    const { rows } = await sql<{ after: unknown; note: string }>`
      select after, note from opsdeck_jobs.action_log where action = 'retention.floor'`.execute(database.db);
    expect(rows).toEqual([{ after: floor_days, note: floor_days.reason }]);
  });
});

it('the policies of the program keep evidence for as long as they must, with nothing but enabled', () => {
  const names = ['audit_log', 'uar_execution', 'drift_snapshots'] as const;
  const { built_in: built } = dataRetention().settings.parse({
    built_in: Object.fromEntries(names.map((name) => [name, { enabled: true }])),
  });
  expect(built).toMatchObject({
    audit_log: { keep_days: 730 },
    uar_execution: { keep_days: 1125 },
    drift_snapshots: { keep_weekly_days: 1125 },
  });
});
