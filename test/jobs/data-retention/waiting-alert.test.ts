import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { dataRetention } from '../../../jobs/data-retention/job.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { addUser } from '../../notify/queue.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { holdAndRenew } from '../../support/hold-and-renew.ts';
import { fillJournal, journal, newDatabase, newFolder, policyOf, runRetention } from './world.ts';

async function alerts(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', state, context -> 'rows' -> 0 ->> 'reason') as line from opsdeck_jobs.message
     where event_code = 'RETENTION_WAITS' order by communication_id`.execute(database.db);
  return rows.map(({ line }) => line);
}

const first = (rows: string) => `audit_log runs for the first time and would take ${rows} rows`;

onEachDatabase((harness) => {
  it('alerts once while a policy waits, again when it was changed, and again after it has run', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 40, 360);
    const settings = journal({ archive_dir: await newFolder() });
    await runRetention(database, { settings });
    expect(await alerts(database)).toEqual([]);
    await addUser(database, 'admin@example.org');
    await runRetention(database, { settings, dryRun: true });
    expect(await alerts(database)).toEqual([]);

    await runRetention(database, { settings });
    await sql`update audit_log set timestamp = timestamp - interval '1 day'`.execute(database.db);
    expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ accept: 'audit_log:35' });
    expect(await alerts(database)).toEqual([`queued ${first('34 of 40')}`]);

    const tight = journal({ archive_dir: settings.archive_dir }, { max_share: 0.1 });
    await runRetention(database, { settings: tight });
    expect((await alerts(database)).slice(1)).toEqual([`queued ${first('35 of 40')}`]);

    await runRetention(database, { settings: tight, accept: 'audit_log:35' });
    await fillJournal(database, 3, 700);
    const again = await runRetention(database, { settings: tight });
    expect(policyOf(again)).toMatchObject({ accept: 'audit_log:3', waits_for: 'max_share' });
    expect((await alerts(database)).slice(2)).toEqual([
      'queued audit_log would take 3 of 8 rows, more than its max_share',
    ]);
  });

  it('an alert that is too old is sent as it is while the policy waits, and dropped when it does not', async () => {
    const database = await newDatabase(harness);
    await addUser(database, 'admin@example.org');
    await fillJournal(database, 40, 360);
    const settings = journal({ archive_dir: await newFolder() });
    await runRetention(database, { settings });
    expect(await holdAndRenew(database, dataRetention())).toEqual({ replaced: 0, obsolete: 0 });
    expect(await alerts(database)).toEqual([`queued ${first('34 of 40')}`]);
    await runRetention(database, { settings, accept: 'audit_log:34' });
    expect(await holdAndRenew(database, dataRetention())).toEqual({ replaced: 0, obsolete: 1 });
  });
});
