import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { driftTimeline, recordedFrameworks } from '../../../jobs/compliance-drift/report/read.ts';
import { verifyDriftChain } from '../../../jobs/compliance-drift/verify-chain.ts';
import { asOwner } from '../../support/as-owner.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld, succeeded, type World } from './world.ts';

/** Three snapshots a week apart: of two frameworks, of one of them, of both; the evidence ages before the third. */
async function threeSnapshots(world: World) {
  const a = await world.framework('A');
  const b = await world.framework('B');
  await world.activityRule(await world.control(a, 'A-1'), '2026-03-01');
  await world.activityRule(await world.control(b, 'B-1'), '2026-03-01', { frequency: 9, grace: 90 });
  await world.control(b, 'B-2', false);
  const ids: number[] = [];
  for (const [at, framework] of [
    ['2026-03-10T08:00:00Z', undefined],
    ['2026-03-17T08:00:00Z', a],
    ['2026-05-01T08:00:00Z', undefined],
  ] as const) {
    world.clock.set(at);
    const run = world.run(framework === undefined ? {} : { framework });
    ids.push((await succeeded(run)).snapshot_id ?? 0);
  }
  return { a, b, ids };
}

onEachDatabase((harness) => {
  describe('the timeline', () => {
    it('holds the snapshots and changes of the window alone, oldest first, with the last snapshot before it', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const window = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-12-31T00:00:00Z') };
      expect(await driftTimeline(db, { ...window, frameworkId: null })).toEqual({
        snapshots: [],
        changes: [],
        lastSnapshotAt: null,
      });
      const { a, b, ids } = await threeSnapshots(world);

      const all = await driftTimeline(db, { ...window, frameworkId: null });
      expect(all.snapshots.map((one) => [one.auditId, one.takenAt.toISOString()])).toEqual([
        [ids[0], '2026-03-10T08:00:00.000Z'],
        [ids[1], '2026-03-17T08:00:00.000Z'],
        [ids[2], '2026-05-01T08:00:00.000Z'],
      ]);
      const status = {
        compliant: 0,
        warning: 0,
        non_compliant: 0,
        manual: 0,
        uncovered: 0,
        not_applicable: 0,
        unknown: 0,
      };
      expect(all.snapshots[2]?.frameworks).toEqual([
        {
          frameworkId: a,
          frameworkName: 'A',
          previousAuditId: ids[1],
          controls: 1,
          status: { ...status, non_compliant: 1 },
        },
        {
          frameworkId: b,
          frameworkName: 'B',
          previousAuditId: ids[0],
          controls: 2,
          status: { ...status, warning: 1, not_applicable: 1 },
        },
      ]);
      expect(all.changes).toMatchObject([
        {
          auditId: ids[2],
          controlId: 'A-1',
          class: 'regression',
          severity: 'critical',
          cause: 'evidence_aged',
        },
        { auditId: ids[2], controlId: 'B-1', class: 'regression', severity: 'high', flapping: false },
      ]);
      expect(all.changes[0]?.detectedAt).toEqual(new Date('2026-05-01T08:00:00Z'));

      const early = { from: window.from, to: new Date('2026-03-17T08:00:00Z') };
      const ofB = await driftTimeline(db, { ...early, frameworkId: b });
      expect(ofB.snapshots.map((one) => one.auditId)).toEqual([ids[0]]);
      expect(ofB.changes).toEqual([]);
      const after = { from: new Date('2026-05-02T00:00:00Z'), to: window.to };
      expect(await driftTimeline(db, { ...after, frameworkId: a })).toEqual({
        snapshots: [],
        changes: [],
        lastSnapshotAt: new Date('2026-05-01T08:00:00Z'),
      });

      await sql`update framework set name = 'B renamed' where id = ${b}`.execute(db);
      await succeeded(world.run({ framework: b }));
      expect(await recordedFrameworks(db)).toEqual([
        { id: a, name: 'A' },
        { id: b, name: 'B renamed' },
      ]);
    });
  });

  describe('the hash chain', () => {
    it('holds when nothing was touched, and shows what was altered, deleted, rewritten or removed', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const found = async () =>
        (await verifyDriftChain(db)).findings.map(({ auditId, problem }) => `${auditId} ${problem}`);
      expect(await verifyDriftChain(db)).toEqual({
        snapshots: 0,
        removed: 0,
        changesRemoved: 0,
        textOnly: 0,
        findings: [],
        firstBroken: null,
      });
      const { ids } = await threeSnapshots(world);
      const [first = 0, second = 0, third = 0] = ids;
      // A snapshot of OpsDeck's own is none of ours.
      await sql`insert into compliance_audit (status, audit_type, snapshot_data) values ('Planned', 'drift_snapshot', '{"frameworks":{}}')`.execute(
        db,
      );
      expect(await verifyDriftChain(db)).toEqual({
        snapshots: 3,
        removed: 0,
        changesRemoved: 0,
        textOnly: 0,
        findings: [],
        firstBroken: null,
      });

      // One character, and a change that only the text shows.
      const original = await sql<{ text: string }>`
        select snapshot_data::text as text from compliance_audit where id = ${second}`.execute(db);
      const text = original.rows[0]?.text ?? '';
      const store = (data: string) =>
        sql`update compliance_audit set snapshot_data = ${data}::json where id = ${second}`.execute(db);
      await store(text.replace('"compliant"', '"warning"'));
      expect(await found()).toEqual([`${second} altered`]);
      await store(` ${text}`);
      expect(await found()).toEqual([`${second} altered`]);
      await store(text);
      expect(await found()).toEqual([]);

      // Text and its hash rewritten together: the link has covered both.
      await store(` ${text}`);
      await asOwner(db, (trx) =>
        sql`update opsdeck_jobs.drift_snapshot set content_hash = sha256(convert_to(${` ${text}`}, 'UTF8')) where audit_id = ${second}`.execute(
          trx,
        ),
      );
      expect(await verifyDriftChain(db)).toMatchObject({
        snapshots: 3,
        findings: [{ auditId: second, problem: 'link_altered' }],
        firstBroken: { auditId: second },
      });

      await sql`delete from compliance_audit where id = ${first}`.execute(db);
      expect(await found()).toEqual([`${first} deleted`, `${second} link_altered`]);

      // A link that was removed leaves a row behind that claims to be a snapshot of ours.
      await asOwner(db, async (trx) => {
        await sql`delete from opsdeck_jobs.drift_event`.execute(trx);
        await sql`delete from opsdeck_jobs.drift_snapshot_framework where audit_id = ${second}`.execute(trx);
        await sql`delete from opsdeck_jobs.drift_snapshot where audit_id = ${second}`.execute(trx);
      });
      expect(await found()).toEqual([
        `${first} deleted`,
        `${second} not_in_chain`,
        `${second} missing`,
        `${third} events_altered`,
        `${third} broken_link`,
      ]);
    });

    it('cannot fork: a second snapshot on the same one before is refused by the database', async () => {
      const world = await newWorld(harness);
      await world.control(await world.framework('F'), 'C');
      await succeeded(world.run());
      const fork = sql`
        insert into opsdeck_jobs.drift_snapshot (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
        select 999, run_id, taken_at, evaluator_version, content_hash, previous_hash, sha256(chain_hash)
          from opsdeck_jobs.drift_snapshot`.execute(world.database.db);
      await expect(fork).rejects.toThrow(/previous_hash/);
    });
  });
});
