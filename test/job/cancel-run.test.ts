import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { runsCancel } from '../../src/cli/actions/runs-cancel.ts';
import { runsShow } from '../../src/cli/actions/runs-show.ts';
import { claimRepeat } from '../../src/job/claim.ts';
import { readJobsSnapshot } from '../../src/job/jobs-snapshot.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { newRecord } from '../../src/scheduler/firing.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { commandLine } from '../support/command-line.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const as = 'ana@example.org';

onEachDatabase((harness) => {
  describe('runs cancel', () => {
    it('ends a run that another process is asked to end, with who and why', async () => {
      const database = await harness.fresh();
      let tell: (runId: string) => void = () => undefined;
      const started = new Promise<string>((resolve) => {
        tell = resolve;
      });
      const definition = testJob({
        run: async ({ runId, signal }) => {
          tell(runId);
          await sleep(60_000, undefined, { signal });
          return {};
        },
      });
      const environment = testEnvironment(database, [definition], { heartbeatMs: 20 });
      await registerJobs(database, environment.config, [definition]);
      const run = runManually(environment, {
        definition,
        params: {},
        dryRun: false,
        timeoutMs: undefined,
        waitMs: 0,
        ignorePause: false,
        allowEmpty: false,
      });
      const runId = await started;
      const command = commandLine(harness, database);
      const said = await command((io) =>
        runsCancel(io, {}, runId.slice(0, 8), { as, reason: 'it blocks the import' }),
      );
      expect(said).toContain(`Run ${runId} of sweep on `);
      expect(await run).toMatchObject({
        status: 'interrupted',
        exitCode: 143,
        fault: { code: 'cancelled', message: `The run was cancelled by ${as}: it blocks the import` },
      });
      const shown: unknown = JSON.parse(await command((io) => runsShow(io, {}, runId, { json: true })));
      expect(shown).toMatchObject({
        status: 'interrupted',
        reason: 'cancelled',
        cancel: { by: as, reason: 'it blocks the import' },
        error: { code: 'cancelled' },
      });
      const { rows } = await sql`
        select actor, action, subject, note from opsdeck_jobs.action_log`.execute(database.db);
      expect(rows).toEqual([
        { actor: as, action: 'run.cancel', subject: `run:${runId}`, note: 'it blocks the import' },
      ]);
      await expect(command((io) => runsCancel(io, {}, runId, { as }))).rejects.toMatchObject({
        code: 'not_running',
        exitCode: 2,
      });
    });

    it('a cancelled firing of a repeatable job does not begin again by itself', async () => {
      const clock = fakeClock('2026-11-30T07:59:00Z');
      const database = await harness.fresh({ clock });
      const definition = { ...testJob({ schedule: '0 9 * * 1' }), repeatable: true };
      const environment = testEnvironment(database, [definition]);
      await registerJobs(database, environment.config, [definition]);
      clock.set('2026-11-30T08:00:05Z');
      const request = { definition, timeoutMs: undefined, allowEmpty: false };
      expect(await runScheduled(environment, request)).toMatchObject({ status: 'succeeded' });
      const interrupt = (by: string | null) =>
        sql`update opsdeck_jobs.job_run set status = 'interrupted', cancel_requested_by = ${by},
              cancel_requested_at = case when ${by}::text is not null then now() end`.execute(database.db);
      await interrupt(null);
      const interrupted = (await readJobsSnapshot(database.db, [definition])).interrupted.get('sweep');
      if (interrupted === undefined) throw new Error('an interrupted run of a repeatable job is not found');
      await interrupt(as);
      expect((await readJobsSnapshot(database.db, [definition])).interrupted.size).toBe(0);
      const record = newRecord('sweep', environment.config, 'timer', clock.now());
      expect(await claimRepeat(database, record, interrupted)).toBe(false);
      expect(await runScheduled(environment, request)).toBeNull();
    });
  });
});
