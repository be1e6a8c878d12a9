import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { addLegalHold, listLegalHolds } from '../../../../jobs/data-retention/commands/legal-hold.action.ts';
import { acceptAhead } from '../../../../jobs/data-retention/policy/acceptance.sql.ts';
import { enabledPolicies, findPolicy, policyHash } from '../../../../jobs/data-retention/policy/policy.ts';
import { verifyArchives } from '../../../../jobs/data-retention/records/verify-archives.ts';
import { retentionSettings } from '../../../../jobs/data-retention/settings.ts';
import { Secrets } from '../../../../src/config/secrets.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { asOwner } from '../../../support/as-owner.ts';
import { authorNamed } from '../../../support/author.ts';
import { commandLine } from '../../../support/command-line.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import {
  acceptAndRun,
  archivesIn,
  fillJournal,
  journal,
  newDatabase,
  newFolder,
  type OwnInput,
  policyOf,
  runRetention,
} from '../world.ts';

const settings = journal({}, { max_share: 0.5 });

async function accept({ db, clock }: OpenDatabase, rows: number, until: string): Promise<void> {
  const author = authorNamed('os:ana@desk', { clock, zones: { stored: 'UTC', business: 'UTC' } });
  const policy = findPolicy(enabledPolicies(retentionSettings.parse(settings)), 'audit_log');
  const hash = policyHash(policy);
  const accepted = { rows, until, reason: 'years ahead', author, now: clock.now() };
  await db
    .transaction()
    .execute((trx) => acceptAhead(trx, { name: policy.name, hash, table: policy.table }, accepted));
}

const old = (days: number, changes: Partial<OwnInput> = {}): OwnInput => ({
  table: 'maintenance_log',
  timestamp_column: 'created_at',
  keep_days: days,
  action: 'delete',
  max_share: 1,
  ...changes,
});

onEachDatabase((harness) => {
  describe('what was accepted in advance', () => {
    it('lets a first run take its rows, no more than that in all, and not after its last day', async () => {
      const database = await newDatabase(harness);
      await accept(database, 5, '2026-03-01');
      await fillJournal(database, 3, 400);
      expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ due: 3, taken: 3 });
      // Two rows are left of it: three are more than anybody looked at, and more than the share.
      await fillJournal(database, 3, 400);
      expect(await runRetention(database, { settings })).toMatchObject({
        fault: { code: 'acceptance_needed' },
        result: { policies: [{ waits_for: 'max_share', taken: 0 }] },
      });
      await sql`delete from audit_log where id = (select max(id) from audit_log)`.execute(database.db);
      expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ due: 2, taken: 2 });
    });

    it('counts for nothing once its day is past, or its policy has changed', async () => {
      const database = await newDatabase(harness);
      await accept(database, 5, '2026-02-28');
      await fillJournal(database, 1, 400);
      const waits = { result: { policies: [{ waits_for: 'first_run', taken: 0 }] } };
      expect(await runRetention(database, { settings })).toMatchObject(waits);
      await accept(database, 5, '2027-01-01');
      expect(await runRetention(database, { settings: journal({}, { max_share: 0.6 }) })).toMatchObject(
        waits,
      );
    });
  });

  it('a dry run counts a row of two policies once, as the run takes it once', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 4, 400);
    const two = { table: 'audit_log', timestamp_column: 'timestamp' };
    const policies = { first: old(402, two), second: old(365, two) };
    // Accepted once, so that both would go.
    await acceptAndRun(database, { settings: { policies } });
    await fillJournal(database, 4, 400);
    expect(await runRetention(database, { settings: { policies }, dryRun: true })).toMatchObject({
      result: { policies: [{ due: 1 }, { due: 3 }] },
    });
  });

  it('what a policy keeps of an error holds no secret', async () => {
    const database = await newDatabase(harness);
    const column = { column: 'entity_id', operator: 'equals', value: 'hunter-two' } as const;
    const policies = {
      bad: old(365, { table: 'audit_log', timestamp_column: 'timestamp', conditions: [column] }),
    };
    const outcome = await runRetention(database, {
      settings: { policies },
      environment: { secrets: new Secrets(['hunter-two']) },
    });
    expect(policyOf(outcome).failed?.message).toContain('[secret]');
    expect(JSON.stringify(outcome.result)).not.toContain('hunter-two');
  });

  it('a legal hold is recorded with its matter and its reason, and protects runs as well', async () => {
    const database = await harness.fresh();
    const tell = commandLine(harness, database);
    const runs = { table: 'opsdeck_jobs.job_run', where: ['job=uar'] };
    await tell((io) => addLegalHold(io, {}, { ...runs, case: 'Case 7', reason: 'claim of a customer' }));
    expect(JSON.parse(await tell((io) => listLegalHolds(io, {}, { json: true })))).toMatchObject({
      holds: [{ table: 'opsdeck_jobs.job_run', case: 'Case 7', reason: 'claim of a customer' }],
    });
    const { rows } = await sql<{ after: unknown }>`
      select after from opsdeck_jobs.action_log where action = 'retention_hold_added'`.execute(database.db);
    expect(rows).toMatchObject([{ after: { case: 'Case 7', reason: 'claim of a customer' } }]);
  });

  it('names the archives of runs that a restored database does not know', async () => {
    const database = await newDatabase(harness);
    const folder = await newFolder();
    await fillJournal(database, 3, 400);
    await acceptAndRun(database, { settings: journal({ archive_dir: folder }) });
    const [name = ''] = await archivesIn(folder);
    // As in the dump of before.
    await asOwner(database.db, (trx) => sql`delete from opsdeck_jobs.archive_manifest`.execute(trx));
    await sql`delete from opsdeck_jobs.retention_run`.execute(database.db);
    await writeFile(join(folder, 'readme.txt'), 'no archive');
    const verification = await verifyArchives(database.db, { folder: undefined, archiveDir: folder });
    expect(verification).toMatchObject({ archives: 0, findings: [], leftovers: 0 });
    expect(verification.foreign).toContain(join(folder, name));
    expect(verification.foreign.every((path) => path.startsWith(join(folder, name.slice(0, 8))))).toBe(true);
  });
});
