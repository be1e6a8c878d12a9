import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { claimManualRun } from '../../src/job/claim.ts';
import { claimOrEnd } from '../../src/job/claim-or-end.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { onEachDatabase } from '../support/databases.ts';
import { testEnvironment, testJob } from '../support/runner.ts';
import { until } from '../support/until.ts';

const request = {
  params: {},
  dryRun: false,
  timeoutMs: undefined,
  waitMs: 0,
  ignorePause: false,
  allowEmpty: false,
} as const;

async function runs(database: OpenDatabase) {
  const { rows } = await sql<{ status: string; result: unknown; error_code: string | null }>`
    select status, result, error_code from opsdeck_jobs.job_run`.execute(database.db);
  return rows;
}

onEachDatabase((harness) => {
  it('an end that could not be recorded is recorded once the database takes it again', async () => {
    const database = await harness.fresh();
    const definition = testJob({
      run: async () => {
        await sql`alter table opsdeck_jobs.job_run rename to job_run_away`.execute(database.db);
        return { swept: 7 };
      },
    });
    const environment = testEnvironment(database, [definition]);
    expect(await runManually(environment, { definition, ...request })).toMatchObject({
      status: 'failed',
      fault: { code: 'not_recorded' },
      exitCode: 6,
    });
    await sql`alter table opsdeck_jobs.job_run_away rename to job_run`.execute(database.db);
    expect(await runs(database)).toMatchObject([{ status: 'running' }]);
    await until(
      () => environment.logged('job.recorded'),
      (found) => found.length === 1,
    );
    expect(await runs(database)).toEqual([{ status: 'succeeded', result: { swept: 7 }, error_code: null }]);
  });

  it('a result that the database refuses is left out, so that the run does not stay open', async () => {
    const database = await harness.fresh();
    const definition = testJob({
      run: async () => {
        await sql`alter table opsdeck_jobs.job_run add constraint no_result check (result is null)`.execute(
          database.db,
        );
        return { swept: 7 };
      },
    });
    const environment = testEnvironment(database, [definition]);
    await runManually(environment, { definition, ...request });
    await until(
      () => environment.logged('job.recorded'),
      (found) => found.length === 1,
    );
    expect(await runs(database)).toEqual([{ status: 'failed', result: null, error_code: 'not_recorded' }]);
  });

  it('a run whose claim was made although its answer was lost is ended, and keeps no other out', async () => {
    const database = await harness.fresh();
    const record = {
      runId: randomUUID(),
      job: 'sweep',
      trigger: 'manual',
      paramsJson: '{}',
      startedAt: database.clock.now(),
      runner: 'here:1',
      programVersion: '0',
    } as const;
    const lost = claimOrEnd(database, record, async () => {
      await claimManualRun(database, record);
      throw new Error('the answer was lost');
    });
    await expect(lost).rejects.toThrow('the answer was lost');
    await until(
      () => runs(database),
      (found) => found.every(({ status }) => status === 'interrupted'),
    );
  });
});
