import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  chainHash,
  changeHash,
  eventHashOver,
  linkSnapshot,
} from '../../../jobs/compliance-drift/chain.sql.ts';
import { verifyDriftChain } from '../../../jobs/compliance-drift/verify-chain.ts';
import { readManifests } from '../../../jobs/data-retention/records/manifest.sql.ts';
import { restorable } from '../../../jobs/data-retention/restore/restorable.ts';
import { restoreArchive } from '../../../jobs/data-retention/restore/restore-archive.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { asOwner } from '../../support/as-owner.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { addHistory } from '../../support/history-rows.ts';
import { acceptAndRun, newDatabase, newFolder, policyOf, runRetention } from './world.ts';

/** Snapshots of ours, one a day for so many days up to the day of the run, in their chain; `compliance_audit.id` is 1 at the oldest. */
async function snapshots(database: OpenDatabase, days: number): Promise<void> {
  await sql`insert into compliance_audit (status, audit_type, created_at, snapshot_data)
    select 'Planned', 'drift_snapshot', timestamp '2026-03-01 01:00' - make_interval(days => ${days}::int - n),
           ('{"frameworks":{},"opsdeck_jobs":{"evaluator_version":1,"n":' || n || '}}')::json
      from generate_series(1, ${days}::int) n`.execute(database.db);
  await sql`insert into opsdeck_jobs.drift_snapshot (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
    with recursive content as (
      select id, created_at, sha256(convert_to(snapshot_data::text, 'UTF8')) as hash from compliance_audit),
    chain as (
      select id, created_at, hash, decode(repeat('00', 32), 'hex') as previous, sha256(decode(repeat('00', 32), 'hex') || hash) as chained
        from content where id = 1
      union all
      select c.id, c.created_at, c.hash, p.chained, sha256(p.chained || c.hash) from chain p join content c on c.id = p.id + 1)
    select id, gen_random_uuid(), created_at at time zone 'UTC', 1, hash, previous, chained from chain`.execute(
    database.db,
  );
  await sql`insert into opsdeck_jobs.drift_snapshot_framework (audit_id, framework_id, framework_name, controls, status)
    values (${days}, 1, 'A', 1, '{}'), (3, 2, 'B, switched off long ago', 1, '{}')`.execute(database.db);
}

onEachDatabase((harness) => {
  it('thins drift snapshots to one a week and one a month, and the chain still shows what was tampered with', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    await snapshots(database, 800);
    // Evidence of tampering stays: 10 was altered before anything was removed.
    await sql`update compliance_audit set snapshot_data = '{"opsdeck_jobs":{"evaluator_version":2}}' where id = 10`.execute(
      db,
    );
    const settings = {
      archive_dir: await newFolder(),
      built_in: { drift_snapshots: { enabled: true, max_share: 1, keep_weekly_days: 730 } },
    };
    const outcome = await acceptAndRun(database, { settings });
    const left = await sql<{ id: number; day: string; week: string; month: string; age: number }>`
      select id, to_char(created_at, 'YYYY-MM-DD') as day, to_char(created_at, 'IYYY-IW') as week,
             to_char(created_at, 'YYYY-MM') as month, 800 - id as age
        from compliance_audit order by id`.execute(db);
    const kept = left.rows;
    expect(policyOf(outcome)).toMatchObject({ total: 800, taken: 800 - kept.length, stayed: 0 });
    expect(kept.filter(({ age }) => age <= 90)).toHaveLength(91);
    const weekly = kept.filter(({ age }) => age > 90 && age <= 730);
    expect(new Set(weekly.map(({ week }) => week)).size).toBe(weekly.length);
    expect(weekly.length).toBeGreaterThanOrEqual(91);
    const monthly = kept.filter(({ age, id }) => age > 730 && id !== 3 && id !== 10);
    expect(new Set(monthly.map(({ month }) => month)).size).toBe(monthly.length);
    expect(monthly.length).toBeGreaterThanOrEqual(2);
    // The newest of a framework, and the one that was altered.
    expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining([3, 10, 800]));
    expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ due: 0 });

    const problems = async () =>
      (await verifyDriftChain(db)).findings.map(({ auditId, problem }) => `${auditId} ${problem}`);
    expect(await verifyDriftChain(db)).toMatchObject({ snapshots: 800, removed: 800 - kept.length });
    expect(await problems()).toEqual(['10 altered']);
    // Deleted by somebody, and dressed up as removed.
    await sql`delete from compliance_audit where id = 800`.execute(db);
    expect(await problems()).toEqual(['10 altered', '800 deleted']);
    await asOwner(db, (trx) =>
      sql`update opsdeck_jobs.drift_snapshot set removed_by = 1 where audit_id = 800`.execute(trx),
    );
    expect(await problems()).toEqual(['10 altered', '800 deleted']);
    // The link that stands for a removed snapshot was changed.
    const gone = [200, 201].find((id) => kept.every((one) => one.id !== id)) ?? 0;
    const change = (id: number) =>
      asOwner(db, (trx) =>
        sql`update opsdeck_jobs.drift_snapshot set content_hash = sha256(content_hash) where audit_id = ${id}`.execute(
          trx,
        ),
      );
    await change(gone);
    expect(await problems()).toEqual(['10 altered', `${gone} broken_link`, '800 deleted']);
    // A manifest that was changed stands for nothing.
    await asOwner(db, (trx) =>
      sql`update opsdeck_jobs.archive_manifest set document = replace(document::text, '"rows"', '"rows" ')::json where id = 1`.execute(
        trx,
      ),
    );
    expect((await verifyDriftChain(db)).removed).toBe(0);
    await asOwner(db, (trx) =>
      sql`update opsdeck_jobs.archive_manifest set document = replace(document::text, '"rows" ', '"rows"')::json where id = 1`.execute(
        trx,
      ),
    );

    for (const manifest of await readManifests(db, {}, 10))
      await restoreArchive(database, restorable(manifest), {
        table: undefined,
        where: [],
        folder: undefined,
        dryRun: false,
        actor: 'test',
      });
    expect(await verifyDriftChain(db)).toMatchObject({ removed: 0 });
    expect(await problems()).toEqual(['10 altered', `${gone} altered`, `${gone} broken_link`, '800 deleted']);
  });

  it('takes old changes of controls, and the chain still shows what was tampered with', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    const days = ['2021-01-01', '2022-01-01', '2026-02-01'];
    const runs = await addHistory(
      database,
      days.map((day) => ({ startedAt: new Date(day) })),
    );
    const audits: number[] = [];
    for (const [at, day] of days.entries()) {
      const takenAt = new Date(day);
      await db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ id: number }>`
          insert into compliance_audit (status, audit_type, created_at, snapshot_data)
          values ('Planned', 'drift_snapshot', ${day}::timestamp, '{}') returning id`.execute(trx);
        const auditId = rows[0]?.id ?? 0;
        audits.push(auditId);
        await sql`
          insert into opsdeck_jobs.drift_event
            (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name, class, cause, detail, flapping)
          select ${auditId}::int, ${takenAt}, 1, 'A', n, 'A.' || n, 'x', 'regression', 'c', '{}', false from generate_series(1, 3) n`.execute(
          trx,
        );
        await linkSnapshot(trx, { auditId, runId: runs[at] ?? '', takenAt });
      });
    }
    // Of control 3 the change of 2022 is the newest: it stays, as does what is held.
    await asOwner(db, async (trx) => {
      await sql`delete from opsdeck_jobs.drift_event where framework_control_id = 3 and audit_id = ${audits[2]}`.execute(
        trx,
      );
      await sql`update opsdeck_jobs.drift_snapshot s set event_hash =
          (select ${eventHashOver(changeHash)} from opsdeck_jobs.drift_event e where e.audit_id = s.audit_id)
         where audit_id = ${audits[2]}`.execute(trx);
      await sql`update opsdeck_jobs.drift_snapshot s set chain_hash = ${chainHash} where audit_id = ${audits[2]}`.execute(
        trx,
      );
    });
    await sql`insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, added_by, added_at)
      select 'opsdeck_jobs.drift_event', '{id}', array[id::text], 'Case 1', 'ana', now() from opsdeck_jobs.drift_event
       where audit_id = ${audits[0]} and framework_control_id = 1`.execute(db);
    expect(await verifyDriftChain(db)).toMatchObject({ snapshots: 3, findings: [] });
    const settings = {
      archive_dir: await newFolder(),
      built_in: { drift_event: { enabled: true, max_share: 1, batch_size: 2 } },
    };
    const outcome = await acceptAndRun(database, { settings });
    expect(policyOf(outcome)).toMatchObject({ failed: null, taken: 4, held: 1 });
    expect(await verifyDriftChain(db)).toMatchObject({ snapshots: 3, changesRemoved: 4, findings: [] });

    const problems = async () =>
      (await verifyDriftChain(db)).findings.map(({ auditId, problem }) => [audits.indexOf(auditId), problem]);
    // What stays is still covered, in a snapshot of which most was taken.
    const held = sql`framework_control_id = 1 and audit_id = ${audits[0]}`;
    const set = (name: string) =>
      asOwner(db, (trx) =>
        sql`update opsdeck_jobs.drift_event set control_name = ${name} where ${held}`.execute(trx),
      );
    await set('y');
    expect(await problems()).toEqual([[0, 'events_altered']]);
    await set('x');
    expect(await problems()).toEqual([]);

    for (const manifest of await readManifests(db, {}, 10))
      await restoreArchive(database, restorable(manifest), {
        table: undefined,
        where: [],
        folder: undefined,
        dryRun: false,
        actor: 'test',
      });
    expect(await verifyDriftChain(db)).toMatchObject({ changesRemoved: 0, findings: [] });
  });
});
