import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { verifyDrift } from '../../../../jobs/compliance-drift/commands/verify-drift.action.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { asOwner } from '../../../support/as-owner.ts';
import { onEachDatabase, onPostgres } from '../../../support/databases.ts';
import { ioOn, recordSnapshot } from './drift-history.ts';

async function threeSnapshots(database: OpenDatabase): Promise<readonly [number, number, number]> {
  return [
    await recordSnapshot(database, { daysAgo: 14 }),
    await recordSnapshot(database, { daysAgo: 7 }),
    await recordSnapshot(database, { daysAgo: 0 }),
  ];
}

onEachDatabase((harness) => {
  describe('verify drift', () => {
    it('states in a sentence that everything is as it was written', async () => {
      const database = await harness.fresh();
      await threeSnapshots(database);
      const { io, stdout } = await ioOn(harness, database);
      expect(await verifyDrift(io, {}, {})).toBe(0);
      expect(stdout()).toBe(
        'All 3 snapshots are unchanged: every stored text, time, count, recorded change and link of the chain is as it was written. 3 of them are of an earlier version, whose chain covers the text alone.\n',
      );
    });

    it('names where the chain is broken and what is not in it, as JSON too', async () => {
      const database = await harness.fresh();
      const [, second, third] = await threeSnapshots(database);
      await asOwner(database.db, async (trx) => {
        await sql`delete from opsdeck_jobs.drift_snapshot_framework where audit_id = ${second}`.execute(trx);
        await sql`delete from opsdeck_jobs.drift_snapshot where audit_id = ${second}`.execute(trx);
      });
      const { io, stdout, stderr } = await ioOn(harness, database);
      expect(await verifyDrift(io, {}, { json: true })).toBe(4);
      expect(JSON.parse(stdout())).toMatchObject({
        schema: 1,
        database: database.label,
        ok: false,
        snapshots: 2,
        findings: [
          { snapshot_id: second, taken_at: null, problem: 'not_in_chain' },
          { snapshot_id: third, problem: 'broken_link' },
        ],
      });
      expect(stderr()).toBe('');
    });
  });
});

// What follows is about words; the database is asked in the same way.
onPostgres((harness) => {
  describe('verify drift', () => {
    it('does not claim that nothing is fine', async () => {
      const database = await harness.fresh();
      const { io, stdout } = await ioOn(harness, database);
      expect(await verifyDrift(io, {}, {})).toBe(0);
      expect(stdout()).toContain('There is no snapshot yet, so there is nothing to verify');
    });

    it('names the snapshot whose content was altered, with exit code 4', async () => {
      const database = await harness.fresh();
      const [, second] = await threeSnapshots(database);
      await sql`update compliance_audit set snapshot_data = '{}' where id = ${second}`.execute(database.db);
      const { io, stdout } = await ioOn(harness, database);
      expect(await verifyDrift(io, {}, {})).toBe(4);
      expect(stdout()).toContain(
        `The chain of 3 snapshots does not hold; the first problem is at snapshot ${second}.`,
      );
      expect(stdout()).toContain('content altered');
    });

    it('names the snapshot whose row was deleted', async () => {
      const database = await harness.fresh();
      const [first] = await threeSnapshots(database);
      await sql`delete from compliance_audit where id = ${first}`.execute(database.db);
      const { io, stdout } = await ioOn(harness, database);
      expect(await verifyDrift(io, {}, {})).toBe(4);
      expect(stdout()).toContain('row deleted');
    });
  });
});
