import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { verifyArchives } from '../../../../jobs/data-retention/records/verify-archives.ts';
import type { RetentionResult } from '../../../../jobs/data-retention/result.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import type { RunOutcome } from '../../../../src/job/run-outcome.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { everyRow, nothingLost } from '../oracle.ts';
import {
  acceptAndRun,
  archivesIn,
  fillJournal,
  keysOf,
  newDatabase,
  newFolder,
  type OwnInput,
  runRetention,
} from '../world.ts';

/** The results of a run by policy, in their order. */
function policiesOf(outcome: RunOutcome): Record<string, RetentionResult['policies'][number]> {
  if (outcome.result === null) throw new Error(`${outcome.status}: ${JSON.stringify(outcome.fault)}`);
  const { policies } = z
    .object({ policies: z.array(z.looseObject({ policy: z.string() })) })
    .parse(outcome.result);
  // The job's own type; what is asserted of it is asserted by the test.
  const typed = z.custom<RetentionResult['policies'][number]>();
  return Object.fromEntries(policies.map((one) => [one.policy, typed.parse(one)]));
}

const onJournal = (
  conditions: NonNullable<OwnInput['conditions']>,
  changes: Partial<OwnInput> = {},
): OwnInput => ({
  table: 'audit_log',
  timestamp_column: 'timestamp',
  keep_days: 365,
  action: 'archive_then_delete',
  conditions,
  ...changes,
});

/** Of an action: that many rows, 400 days old. */
async function fillActions(database: OpenDatabase, rows: Readonly<Record<string, number>>): Promise<void> {
  for (const [action, count] of Object.entries(rows))
    await sql`insert into audit_log (timestamp, action, entity_type)
      select timestamp '2025-01-25 03:00', ${action}, 'Asset' from generate_series(1, ${count}::int)`.execute(
      database.db,
    );
}

onEachDatabase((harness) => {
  it('the policies of one table share its max_share in a run: each below it, they cannot take more together', async () => {
    const database = await newDatabase(harness);
    const of = (action: string, changes: Partial<OwnInput> = {}) =>
      onJournal([{ column: 'action', operator: 'equals', value: action }], changes);
    const policies = {
      a: of('a'),
      b: of('b'),
      c: of('c', { action: 'delete' }),
      copy: of('d', { action: 'archive_only' }),
    };
    const settings = { archive_dir: await newFolder(), policies };
    await fillActions(database, { a: 1, b: 1, c: 1, d: 1 });
    expect(policiesOf(await acceptAndRun(database, { settings }))).toMatchObject({
      a: { taken: 1, before: 0 },
      // What was accepted does not count.
      b: { taken: 1, before: 0 },
      c: { taken: 1, before: 0 },
      copy: { taken: 1 },
    });

    await sql`delete from audit_log`.execute(database.db);
    await fillActions(database, { keep: 57, a: 12, b: 9, c: 7, d: 15 });
    await sql`update audit_log set timestamp = '2026-02-01' where action = 'keep'`.execute(database.db);
    const expected = {
      a: { total: 100, due: 12, before: 0, waits_for: null },
      b: { total: 100, due: 9, before: 12, waits_for: 'max_share', accept: 'b:9' },
      // The third is small enough for what is left.
      c: { total: 100, due: 7, before: 12, waits_for: null },
      // It takes nothing out of the table.
      copy: { total: 100, due: 15, before: 0, waits_for: null },
    };
    expect(policiesOf(await runRetention(database, { settings, dryRun: true }))).toMatchObject(expected);
    const run = await runRetention(database, { settings });
    expect(policiesOf(run)).toMatchObject(expected);
    expect(policiesOf(run)).toMatchObject({
      a: { taken: 12 },
      b: { taken: 0 },
      c: { taken: 7 },
      copy: { taken: 15 },
    });
    expect(run).toMatchObject({
      exitCode: 1,
      fault: {
        code: 'acceptance_needed',
        message: expect.stringContaining(
          'b would take 9 of 100 rows, after the 12 that other policies of this run took from audit_log: together more than its max_share',
        ),
        next: expect.stringContaining('--param accept=b:9'),
      },
    });
    expect(await keysOf(database, 'audit_log')).toHaveLength(81);

    // Again they would be too many; the 9 were accepted, and leave to the others what is theirs.
    await fillActions(database, { a: 12, c: 6 });
    expect(policiesOf(await runRetention(database, { settings, accept: 'b:9' }))).toMatchObject({
      a: { taken: 12, before: 0 },
      b: { taken: 9, before: 12, waits_for: null },
      c: { taken: 6, before: 12, waits_for: null },
    });
    expect(await verifyArchives(database.db, { folder: undefined, archiveDir: undefined })).toMatchObject({
      findings: [],
    });
  });

  it('a policy that fails neither stops nor hides the others, and a row that cannot be deleted stays alone', async () => {
    const database = await newDatabase(harness, 'owner');
    const { db } = database;
    const folder = await newFolder();
    const log: OwnInput = {
      table: 'maintenance_log',
      timestamp_column: 'created_at',
      keep_days: 30,
      action: 'archive_then_delete',
      batch_size: 2,
      max_share: 1,
    };
    const small: OwnInput = { ...log, table: 'campaign' };
    const settings = {
      archive_dir: folder,
      policies: {
        held: { ...small, table: 'bcdr_test_log', keep_days: 365, timestamp_column: 'test_date' },
        broken: log,
        fresh: onJournal([{ column: 'id', operator: 'less_than', value: 3 }], { max_share: 1 }),
        fine: onJournal([{ column: 'id', operator: 'greater_than', value: 2 }], { max_share: 1 }),
      },
    };
    const fillLog = () =>
      sql`insert into maintenance_log (event_type, description, status, event_date, created_at, updated_at)
        select 'x', 'row ' || n, 'done', '2025-01-01', '2025-01-01', '2025-01-01' from generate_series(1, 6) n`.execute(
        db,
      );
    await fillLog();
    await fillJournal(database, 4, 400);
    // Known from here on, but for one.
    const { fresh: _, ...others } = settings.policies;
    await acceptAndRun(database, { settings: { ...settings, policies: others } });
    await fillLog();
    await fillJournal(database, 2, 400);
    await sql`insert into audit_log (id, timestamp, action, entity_type) select n, '2025-01-01', 'x', 'y' from generate_series(1, 2) n
      on conflict do nothing`.execute(db);
    const before = await everyRow(database, 'maintenance_log');
    await sql`create function keep_nine() returns trigger language plpgsql as $$
      begin if old.id = 9 then raise exception 'the ninth stays'; end if; return old; end $$`.execute(db);
    await sql`create trigger keep_nine before delete on maintenance_log for each row execute function keep_nine()`.execute(
      db,
    );
    await sql`insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, added_by, added_at)
      values ('bcdr_test_log', '{gone}', '{1}', 'Case 1', 'test', now())`.execute(db);

    const run = await runRetention(database, { settings });
    const found = policiesOf(run);
    // The order of work: that which has never worked first, then as they are configured.
    expect(Object.keys(found)).toEqual(['held', 'fresh', 'broken', 'fine']);
    expect(found).toMatchObject({
      held: { failed: { code: 'hold_unreadable', exit_code: 1 }, taken: 0 },
      fresh: { waits_for: 'first_run', accept: 'fresh:2', failed: null },
      broken: {
        ...{ due: 6, taken: 5, unfinished: false },
        failed: {
          code: 'rows_refused',
          message:
            '1 row of maintenance_log could not be archived or deleted, because the database refuses it: 9 (the ninth stays). The policy went on with the others.',
        },
      },
      fine: { taken: 2, failed: null },
    });
    expect(run).toMatchObject({
      status: 'failed',
      exitCode: 1,
      fault: {
        code: 'hold_unreadable',
        message: expect.stringMatching(
          /^held: A hold names bcdr_test_log\.gone.* broken: 1 row of maintenance_log could not .*: 9 \(the ninth stays\)\. The policy went on with the others\. Nothing was deleted by a policy that waits for an acceptance: fresh runs/,
        ),
        next: expect.stringContaining('--param accept=fresh:2'),
      },
    });
    expect(await keysOf(database, 'maintenance_log')).toEqual([9]);
    expect(await nothingLost(database, 'maintenance_log')).toEqual({ rows: before, findings: [] });
    // A look fails, too, where a policy cannot be looked at.
    expect(await runRetention(database, { settings, dryRun: true })).toMatchObject({
      exitCode: 1,
      fault: { code: 'hold_unreadable', message: expect.not.stringContaining('acceptance') },
    });

    await sql`drop trigger keep_nine on maintenance_log`.execute(db);
    await sql`delete from opsdeck_jobs.retention_hold`.execute(db);
    const again = await runRetention(database, { settings, accept: 'fresh:2' });
    expect(again).toMatchObject({ exitCode: 0, fault: null });
    expect(policiesOf(again)).toMatchObject({
      broken: { taken: 1 },
      fresh: { taken: 2 },
      fine: { taken: 0 },
    });
    expect(await nothingLost(database, 'maintenance_log')).toEqual({ rows: before, findings: [] });
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from opsdeck_jobs.archive_manifest`.execute(db);
    expect(await archivesIn(folder)).toHaveLength(rows[0]?.n ?? 0);
  });

  it('a policy whose value does not fit its column fails alone, and the others run', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3, 400);
    const good = onJournal([], { max_share: 1 });
    await acceptAndRun(database, { settings: { policies: { good } } });
    await fillJournal(database, 3, 400);
    const broken: readonly (readonly [OwnInput, string])[] = [
      [
        onJournal([{ column: 'entity_id', operator: 'in', value: [1, 'x'] }]),
        'invalid input syntax for type integer',
      ],
      [
        onJournal([{ column: 'timestamp', operator: 'less_than', value: 'soon' }]),
        'invalid input syntax for type timestamp',
      ],
      [
        onJournal([], { action: 'anonymise', replace: { entity_id: 'x' } }),
        'invalid input syntax for type integer',
      ],
      [
        {
          ...onJournal([{ column: 'snapshot_data', operator: 'equals', value: '{}' }]),
          table: 'compliance_audit',
          timestamp_column: 'created_at',
        },
        'operator does not exist: json = json',
      ],
    ];
    for (const [bad, says] of broken) {
      const settings = { policies: { good, bad } };
      expect(await runRetention(database, { settings })).toMatchObject({
        exitCode: 2,
        fault: { code: 'retention_policy', message: expect.stringContaining(says) },
      });
    }
    expect(await keysOf(database, 'audit_log')).toEqual([]);
  });
});
