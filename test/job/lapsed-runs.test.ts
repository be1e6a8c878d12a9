import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { list } from '../../src/cli/actions/list.ts';
import { preview } from '../../src/cli/actions/preview.ts';
import { runsList } from '../../src/cli/actions/runs-list.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { claimManualRun } from '../../src/job/claim.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { commandLine } from '../support/command-line.ts';
import { onPostgres } from '../support/databases.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

/** A run with a key of its own whose runner was killed a while ago. */
async function killedRun(database: OpenDatabase, job: string): Promise<string> {
  const runId = randomUUID();
  await claimManualRun(database, {
    runId,
    job,
    trigger: 'manual',
    concurrencyKey: 'elsewhere:1',
    paramsJson: '{}',
    startedAt: database.clock.now(),
    runner: 'elsewhere:1',
    programVersion: '0',
  });
  await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '61 seconds'`.execute(
    database.db,
  );
  return runId;
}

async function statuses(database: OpenDatabase): Promise<readonly unknown[]> {
  const { rows } = await sql`select id, status, reason from opsdeck_jobs.job_run order by started_at`.execute(
    database.db,
  );
  return rows;
}

onPostgres((harness) => {
  describe('a keyed run whose runner was killed', () => {
    it('is marked by the next run by hand, whatever its key', async () => {
      const database = await harness.fresh();
      const definition = { ...testJob({ name: 'keyed' }), concurrencyKey: () => 'here:2' };
      const environment = testEnvironment(database, [definition]);
      await registerJobs(database, environment.config, [definition]);
      const killed = await killedRun(database, 'keyed');
      await runManually(environment, {
        definition,
        params: {},
        dryRun: false,
        timeoutMs: undefined,
        waitMs: 0,
        ignorePause: false,
        allowEmpty: false,
      });
      expect(await statuses(database)).toMatchObject([
        { id: killed, status: 'interrupted', reason: 'heartbeat_lapsed' },
        { status: 'succeeded' },
      ]);
    });

    it.each([
      ['list', (io: Parameters<typeof list>[0]) => list(io, {}, { json: true })],
      ['runs list', (io: Parameters<typeof list>[0]) => runsList(io, {}, undefined, { json: true })],
    ])('is marked by %s', async (_, action) => {
      const database = await harness.fresh();
      const killed = await killedRun(database, 'communications');
      const shown = await commandLine(harness, database)(action);
      expect(shown).toContain('"status":"interrupted"');
      expect(await statuses(database)).toEqual([
        { id: killed, status: 'interrupted', reason: 'heartbeat_lapsed' },
      ]);
    });

    it('is shown as interrupted, and not marked, by preview and where nothing can be written', async () => {
      const database = await harness.fresh();
      await registerJobs(database, testEnvironment(database, jobs).config, jobs);
      const killed = await killedRun(database, 'communications');
      const command = commandLine(harness, database);
      const previewed: unknown = JSON.parse(
        await command((io) => preview(io, {}, ['communications'], { json: true })),
      );
      expect(previewed).toMatchObject({ interrupted_runs: [{ run_id: killed, job: 'communications' }] });
      await sql`alter database ${sql.raw(await nameOf(database))} set default_transaction_read_only = on`.execute(
        database.db,
      );
      const runs: unknown = JSON.parse(await command((io) => runsList(io, {}, undefined, { json: true })));
      expect(runs).toMatchObject({
        runs: [{ run_id: killed, status: 'interrupted', reason: 'heartbeat_lapsed' }],
      });
      const listed: unknown = JSON.parse(await command((io) => list(io, {}, { json: true })));
      expect(listed).toMatchObject({
        jobs: expect.arrayContaining([
          expect.objectContaining({
            job: 'communications',
            last_run: expect.objectContaining({ status: 'interrupted' }),
          }),
        ]),
      });
      expect(await statuses(database)).toEqual([{ id: killed, status: 'running', reason: null }]);
    });
  });
});

async function nameOf(database: OpenDatabase): Promise<string> {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.db);
  return `"${rows[0]?.name}"`;
}
