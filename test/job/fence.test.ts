import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { claimManualRun } from '../../src/job/claim.ts';
import { fence } from '../../src/job/fenced-transaction.ts';
import { onPostgres } from '../support/databases.ts';

onPostgres((harness) => {
  it('a process that stands still between its fence and its commit loses its transaction, and the row its lock', async () => {
    const database = await harness.fresh();
    const runId = randomUUID();
    await claimManualRun(database, {
      runId,
      job: 'sweep',
      trigger: 'manual',
      paramsJson: '{}',
      startedAt: database.clock.now(),
      runner: 'here:1',
      programVersion: '0',
    });
    const other = await harness.second(database);
    const stoodStill = other.db.transaction().execute(async (trx) => {
      await sql`insert into tag (name, is_archived) values ('half-written', false)`.execute(trx);
      await fence(trx, runId);
      // Waits for the lock, which this transaction does not give back.
      await sql`
        update opsdeck_jobs.job_run set status = 'interrupted', finished_at = now()
         where id = ${runId}::uuid`.execute(database.db);
    });
    await expect(stoodStill).rejects.toThrow();
    const { rows } = await sql`select from tag`.execute(database.db);
    expect(rows).toEqual([]);
  });
});
