import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { readStandings } from '../../../jobs/data-retention/list/read.ts';
import { blockedWords } from '../../../jobs/data-retention/list/words.ts';
import { enabledPolicies } from '../../../jobs/data-retention/policy/policy.ts';
import { retentionSettings } from '../../../jobs/data-retention/settings.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { acceptAndRun, fillJournal, newDatabase, runRetention, type SettingsInput, start } from './world.ts';

const twice = (keep_days: number) =>
  ({
    table: 'audit_log',
    timestamp_column: 'timestamp',
    keep_days,
    action: 'archive_then_delete',
    max_share: 1,
  }) as const;

const settings: SettingsInput = {
  built_in: { audit_log: { enabled: true, max_share: 1 } },
  policies: {
    again: twice(700),
    short: twice(100),
    lost: { ...twice(1200), table: 'maintenance_log', timestamp_column: 'nowhere' },
  },
};

async function listed({ db }: OpenDatabase, asRun = true) {
  const parsed = retentionSettings.parse(settings);
  const standings = await readStandings(
    {
      db,
      asRun,
      moment: { today: '2026-03-01', zones: { business: 'Europe/Madrid', stored: 'UTC' } },
      settings: parsed,
      signal: new AbortController().signal,
      logger: pino({ level: 'silent' }),
    },
    enabledPolicies(parsed),
  );
  return Object.fromEntries(
    standings.map((one) => [
      one.policy,
      [one.figures?.due ?? null, one.figures?.held ?? null, blockedWords(one)],
    ]),
  );
}

onEachDatabase((harness) => {
  it('lists what a run would find: rows of two policies once, what waits, what a legal hold keeps and what is blocked', async () => {
    const database = await newDatabase(harness);
    const own = await harness.asRetention(database, fakeClock(start));
    await fillJournal(database, 10, 725);
    await sql`insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, added_by, added_at)
      values ('audit_log', '{id}', '{2}', 'Case 1', 'ana', now())`.execute(database.db);
    const first = 'waits for an acceptance: first run of the policy';
    const blocked = {
      short: [
        null,
        null,
        'it keeps rows of audit_log for 100 days, less than the 365 that is the least for evidence; only floor_days, with a reason, lowers it',
      ],
      lost: [null, null, 'the database has no column maintenance_log.nowhere'],
    };
    // The first takes nothing, so that the second finds its rows, too; as the run does.
    expect(await listed(own)).toEqual({ audit_log: [3, 1, first], again: [9, 1, first], ...blocked });
    const two = { ...settings, policies: { again: twice(700) } };
    await acceptAndRun(database, { settings: two });
    await fillJournal(database, 10, 725);
    const known = await listed(own);
    const dry = await runRetention(database, { settings: two, dryRun: true });
    for (const policy of ['audit_log', 'again'])
      expect(dry.result).toMatchObject({
        policies: expect.arrayContaining([
          expect.objectContaining({ policy, due: known[policy]?.[0], held: known[policy]?.[1] }),
        ]),
      });
    expect([known['audit_log']?.[2], known['again']?.[2]]).toEqual(['', '']);
    if (harness.kind === 'embedded') return;
    // As a role that may not remove anything they are counted all the same.
    const runner = await listed(await harness.asRunner(database, fakeClock(start)));
    const lacks = expect.stringMatching(/^the role \S+ lacks rights on audit_log$/);
    expect(runner).toMatchObject({ audit_log: [expect.any(Number), expect.any(Number), lacks] });
    // Where the role of a run cannot be asked nothing is claimed of its rights.
    expect(await listed(await harness.asRunner(database, fakeClock(start)), false)).toMatchObject({
      audit_log: [expect.any(Number), expect.any(Number), ''],
    });
  });
});
