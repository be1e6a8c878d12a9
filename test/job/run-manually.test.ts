import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { decideJob } from '../../src/job/job-decisions.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { type ManualRequest, runManually } from '../../src/job/run-manually.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

const byHand = (definition: JobDefinition, changes: Partial<ManualRequest> = {}): ManualRequest => ({
  definition,
  params: {},
  dryRun: false,
  timeoutMs: undefined,
  waitMs: 0,
  ignorePause: false,
  allowEmpty: false,
  ...changes,
});

/** Something a job writes, and a test can find again. */
const note = (text: string) =>
  sql`insert into opsdeck_jobs.action_log (actor, action, subject) values ('test', 'note', ${text})`;

async function notes(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ subject: string }>`
    select subject from opsdeck_jobs.action_log where action = 'note' order by at`.execute(database.db);
  return rows.map(({ subject }) => subject);
}

async function runs(database: OpenDatabase) {
  const { rows } = await sql<Record<string, unknown>>`
    select id, job, status, trigger, params, reason, error_code, error_message, result, duration_ms, heartbeat_at
      from opsdeck_jobs.job_run order by started_at`.execute(database.db);
  return rows;
}

/** A promise and the key to it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

onEachDatabase((harness) => {
  describe('a run by hand', () => {
    it('is claimed, run and recorded with its result and parameters', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ transaction, runId }) => {
          await transaction((trx) => note('written').execute(trx));
          return { runId };
        },
      });
      const environment = testEnvironment(database, [job]);
      const outcome = await runManually(environment, byHand(job, { params: { limit: 3 } }));
      expect(outcome).toMatchObject({
        status: 'succeeded',
        exitCode: 0,
        fault: null,
        result: { runId: outcome.runId },
      });
      expect(await runs(database)).toMatchObject([
        {
          id: outcome.runId,
          job: 'sweep',
          status: 'succeeded',
          trigger: 'manual',
          params: { limit: 3 },
          result: { runId: outcome.runId },
        },
      ]);
      expect(await notes(database)).toEqual(['written']);
      expect(environment.logged('job.started')).toMatchObject([
        { 'labels.job': 'sweep', 'trace.id': outcome.runId },
      ]);
      expect(environment.logged('job.finished')).toMatchObject([
        {
          'event.outcome': 'success',
          'event.duration': outcome.durationMs * 1_000_000,
          'labels.run_id': outcome.runId,
        },
      ]);
    });

    it('a job that throws is recorded with its error, and its transaction is rolled back', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: ({ transaction }) =>
          transaction(async (trx) => {
            await note('half').execute(trx);
            throw new Error('the sweep broke');
          }),
      });
      const environment = testEnvironment(database, [job]);
      const outcome = await runManually(environment, byHand(job));
      expect(outcome).toMatchObject({ status: 'failed', exitCode: 1, fault: { code: 'unexpected_error' } });
      expect(await runs(database)).toMatchObject([
        {
          status: 'failed',
          error_code: 'unexpected_error',
          error_message: 'Unexpected error: the sweep broke',
        },
      ]);
      expect(await notes(database)).toEqual([]);
      expect(environment.logged('job.finished')).toMatchObject([
        {
          level: 50,
          'event.outcome': 'failure',
          'error.stack_trace': expect.stringContaining('the sweep broke'),
        },
      ]);
    });

    it('what no column can hold does not leave the run open: a text is made storable, a result that is no JSON fails', async () => {
      const database = await harness.fresh();
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      const jobs = [
        testJob({ name: 'nul-result', run: async () => ({ text: 'a\u0000b\ud800' }) }),
        testJob({
          name: 'nul-error',
          run: async () => {
            throw new Error(`a\u0000b${'x'.repeat(100_000)}`);
          },
        }),
        testJob({ name: 'circular', run: async () => JSON.parse('{}', () => circular) }),
      ];
      const environment = testEnvironment(database, jobs);
      const outcomes = [];
      for (const job of jobs) outcomes.push(await runManually(environment, byHand(job)));
      expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'failed']);
      const { rows } = await sql<{ job: string; status: string; text: string | null; length: number }>`
        select job, status, result->>'text' as text, coalesce(length(error_message), 0) as length
          from opsdeck_jobs.job_run order by job`.execute(database.db);
      expect(rows).toMatchObject([
        { job: 'circular', status: 'failed' },
        { job: 'nul-error', status: 'failed', length: 4000 },
        { job: 'nul-result', status: 'succeeded', text: 'a\ufffdb\ufffd' },
      ]);
    });

    it('a run that looked at nothing fails, unless that is allowed', async () => {
      const database = await harness.fresh();
      const job = testJob({ nothingEvaluated: () => 'Add something to sweep.' });
      const environment = testEnvironment(database, [job]);
      expect(await runManually(environment, byHand(job))).toMatchObject({
        status: 'failed',
        exitCode: 1,
        fault: { code: 'nothing_to_evaluate', next: expect.stringContaining('Add something to sweep.') },
        result: { swept: 1 },
      });
      expect(await runManually(environment, byHand(job, { allowEmpty: true }))).toMatchObject({
        status: 'succeeded',
      });
    });

    it('a second run while one is going is refused, recorded, and names the first', async () => {
      const database = await harness.fresh();
      const environment = testEnvironment(database, [testJob()]);
      const job = testJob({
        run: async ({ runId }) => {
          const second = await runManually(environment, byHand(testJob()));
          expect(second).toMatchObject({
            status: 'skipped',
            exitCode: 3,
            fault: { code: 'already_running' },
          });
          expect(second.fault?.message).toContain(`(run ${runId})`);
          expect(second.fault?.message).toContain('started by hand on ');
          return {};
        },
      });
      expect(await runManually(environment, byHand(job))).toMatchObject({ status: 'succeeded' });
      expect(await runs(database)).toMatchObject([
        { status: 'succeeded' },
        { status: 'skipped', reason: 'already_running' },
      ]);
      expect(environment.logged('job.skipped')).toMatchObject([{ 'event.reason': 'already_running' }]);
    });

    it('--wait waits for the run that is going', async () => {
      const database = await harness.fresh();
      const environment = testEnvironment(database, [testJob()]);
      const inside = gate();
      const release = gate();
      const first = runManually(
        environment,
        byHand(
          testJob({
            run: async () => {
              inside.open();
              await release.opened;
              return {};
            },
          }),
        ),
      );
      await inside.opened;
      const second = runManually(environment, byHand(testJob(), { waitMs: 30_000 }));
      release.open();
      expect(await first).toMatchObject({ status: 'succeeded' });
      expect(await second).toMatchObject({ status: 'succeeded' });
    });

    it('a paused job is refused and recorded, unless the pause is ignored; a disabled one runs by hand', async () => {
      const database = await harness.fresh();
      const job = testJob();
      const environment = testEnvironment(database, [job]);
      await registerJobs(database, environment.config, [job]);
      await decideJob(
        database,
        'sweep',
        { action: 'pause', until: null, reason: 'audit week' },
        'ana@example.org',
      );
      await decideJob(database, 'sweep', { action: 'disable' }, 'ana@example.org');
      expect(await runManually(environment, byHand(job))).toMatchObject({
        status: 'skipped',
        exitCode: 3,
        fault: {
          code: 'paused',
          message: 'sweep is paused by ana@example.org until it is resumed: audit week.',
        },
      });
      expect(await runManually(environment, byHand(job, { ignorePause: true }))).toMatchObject({
        status: 'succeeded',
      });
      expect(await runs(database)).toMatchObject([
        { status: 'skipped', reason: 'paused' },
        { status: 'succeeded' },
      ]);
    });

    it('a job whose tables or columns are missing names them and records nothing', async () => {
      const database = await harness.fresh();
      const job = testJob({ requires: { framework: ['id', 'shoe_size'], 'opsdeck_jobs.moon': ['phase'] } });
      await expect(runManually(testEnvironment(database, [job]), byHand(job))).rejects.toThrow(
        'missing table opsdeck_jobs.moon, missing column framework.shoe_size',
      );
      expect(await runs(database)).toEqual([]);
    });

    it('parameters that the database refuses end before the claim', async () => {
      const database = await harness.fresh();
      const job = testJob({
        checkParams: async (_, trx) => {
          await note('sneaky').execute(trx);
        },
      });
      await expect(
        runManually(testEnvironment(database, [job]), byHand(job, { params: { area: 'x' } })),
      ).rejects.toMatchObject({
        code: 'database_read_only',
      });
      expect(await runs(database)).toEqual([]);
    });

    it('a job cannot write outside its transaction', async () => {
      const database = await harness.fresh();
      for (const write of [
        note('outside'),
        sql`/* with */ WITH gone AS (delete from opsdeck_jobs.action_log returning 1) select * from gone`,
      ]) {
        const job = testJob({ run: async ({ db }) => ({ rows: (await write.execute(db)).rows.length }) });
        expect(await runManually(testEnvironment(database, [job]), byHand(job))).toMatchObject({
          status: 'failed',
          fault: { code: 'write_outside_transaction' },
        });
      }
      const reader = testJob({
        run: async ({ db }) => ({
          jobs: (await db.selectFrom('opsdeck_jobs.job_state').select('job').execute()).length,
          one:
            (await sql<{ one: number }>`with x as (select 1 as one) select one from x`.execute(db)).rows[0]
              ?.one ?? 0,
        }),
      });
      expect(await runManually(testEnvironment(database, [reader]), byHand(reader))).toMatchObject({
        result: { one: 1 },
      });
      expect(await notes(database)).toEqual([]);
    });
  });

  describe('a run that is asked to stop', () => {
    it('the time limit ends a job that listens', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      });
      const outcome = await runManually(testEnvironment(database, [job]), byHand(job, { timeoutMs: 20 }));
      expect(outcome).toMatchObject({ status: 'timed_out', exitCode: 5, fault: { code: 'timed_out' } });
      expect(await runs(database)).toMatchObject([{ status: 'timed_out', error_code: 'timed_out' }]);
    });

    it('a job that ignores the limit is left behind, its transaction is rolled back, and the end is recorded', async () => {
      const database = await harness.fresh();
      const late = gate();
      const ended = gate();
      const job = testJob({
        run: async ({ transaction }) => {
          try {
            await transaction(async (trx) => {
              await note('never').execute(trx);
              await late.opened;
              await note('too late').execute(trx);
            });
          } finally {
            ended.open();
          }
          return {};
        },
      });
      const outcome = await runManually(
        testEnvironment(database, [job], { graceMs: 50 }),
        byHand(job, { timeoutMs: 20 }),
      );
      expect(outcome).toMatchObject({ status: 'timed_out', exitCode: 5 });
      late.open();
      await ended.opened;
      expect(await notes(database)).toEqual([]);
      expect(await runs(database)).toMatchObject([{ status: 'timed_out' }]);
    });

    it('a job that keeps a transaction of its own open for ever is left behind, and the end is recorded', async () => {
      const database = await harness.fresh();
      const ended = gate();
      const job = testJob({
        run: async ({ db }) => {
          await db.transaction().execute(async (trx) => {
            await sql`select 1`.execute(trx);
            await ended.opened;
          });
          return {};
        },
      });
      const outcome = await runManually(
        testEnvironment(database, [job], { graceMs: 50 }),
        byHand(job, { timeoutMs: 20 }),
      );
      expect(outcome).toMatchObject({ status: 'timed_out', exitCode: 5 });
      expect(await runs(database)).toMatchObject([{ status: 'timed_out' }]);
      ended.open();
    });

    it('a statement that runs on is ended with the limit', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ transaction }) => {
          await transaction(async (trx) => {
            await note('never').execute(trx);
            await sql`select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b`.execute(
              trx,
            );
          });
          return {};
        },
      });
      const outcome = await runManually(testEnvironment(database, [job]), byHand(job, { timeoutMs: 20 }));
      expect(outcome).toMatchObject({ status: 'timed_out', exitCode: 5 });
      expect(await notes(database)).toEqual([]);
      expect(await runs(database)).toMatchObject([{ status: 'timed_out' }]);
    });

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ])('%s marks the run interrupted and exits with %i', async (signal, exitCode) => {
      const database = await harness.fresh();
      const stop = new AbortController();
      const job = testJob({
        run: async (context) => {
          await context.transaction(async (trx) => {
            await note('half').execute(trx);
            stop.abort(signal);
          });
          return {};
        },
      });
      const environment = testEnvironment(database, [job], { stop: stop.signal });
      expect(await runManually(environment, byHand(job))).toMatchObject({ status: 'interrupted', exitCode });
      expect(await runs(database)).toMatchObject([{ status: 'interrupted', error_code: 'interrupted' }]);
      expect(await notes(database)).toEqual([]);
      expect(environment.logged('job.interrupted')).toHaveLength(1);
    });
  });

  describe('the fence', () => {
    it('a late finisher, whose run was ended meanwhile, writes nothing at all', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ transaction, runId }) => {
          await sql`update opsdeck_jobs.job_run set status = 'interrupted', finished_at = now() where id = ${runId}::uuid`.execute(
            database.db,
          );
          await transaction((trx) => note('late').execute(trx));
          return { done: true };
        },
      });
      const outcome = await runManually(testEnvironment(database, [job]), byHand(job));
      expect(outcome).toMatchObject({ status: 'interrupted', exitCode: 1, fault: { code: 'run_lost' } });
      expect(await notes(database)).toEqual([]);
      expect(await runs(database)).toMatchObject([{ status: 'interrupted', result: null }]);
    });

    it('an end that comes after the run was ended by others does not overwrite theirs', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ runId }) => {
          await sql`update opsdeck_jobs.job_run set status = 'interrupted', finished_at = now() where id = ${runId}::uuid`.execute(
            database.db,
          );
          return { done: true };
        },
      });
      expect(await runManually(testEnvironment(database, [job]), byHand(job))).toMatchObject({
        status: 'interrupted',
        fault: { code: 'run_lost' },
      });
      expect(await runs(database)).toMatchObject([{ status: 'interrupted', result: null }]);
    });
  });

  describe('a dry run', () => {
    const tables = sql<{ rows: string }>`
      select coalesce(string_agg(format('%s.%s %s', schemaname, relname,
               (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', schemaname, relname), false, true, '')))[1]::text), E'\n'
               order by schemaname, relname), '') as rows
        from pg_stat_user_tables`;

    it('writes nothing anywhere, not even its own row, and fills its staging tables', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ transaction, dryRun, runId }) => {
          const staged = await transaction(
            async (trx) =>
              (await sql<{ n: number }>`select count(*)::int as n from staged`.execute(trx)).rows[0]?.n ?? 0,
            {
              stage: async (trx) => {
                await sql`create temporary table staged on commit drop as select generate_series(1, 5)`.execute(
                  trx,
                );
                await note('from the stage').execute(trx);
              },
            },
          );
          return { staged, dryRun, runId };
        },
      });
      const count = async () => (await tables.execute(database.db)).rows[0]?.rows;
      const before = await count();
      const outcome = await runManually(testEnvironment(database, [job]), byHand(job, { dryRun: true }));
      expect(outcome).toMatchObject({
        status: 'succeeded',
        result: { staged: 5, dryRun: true, runId: outcome.runId },
      });
      expect(await count()).toBe(before);
      expect(before).toContain('opsdeck_jobs.job_run 0');
    });

    it('a job that writes all the same fails, clearly', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ transaction }) => ({
          rows: (await transaction((trx) => note('oops').execute(trx))).rows.length,
        }),
      });
      expect(
        await runManually(testEnvironment(database, [job]), byHand(job, { dryRun: true })),
      ).toMatchObject({
        status: 'failed',
        exitCode: 1,
        fault: { code: 'write_in_dry_run' },
      });
      expect(await notes(database)).toEqual([]);
      expect(await runs(database)).toEqual([]);
    });
  });
});

onPostgres((harness) => {
  it('twenty claims at one instant: one runs, nineteen are refused', async () => {
    const database = await harness.fresh();
    const release = gate();
    let going = 0;
    const job = testJob({
      run: async () => {
        going += 1;
        await release.opened;
        return {};
      },
    });
    await registerJobs(database, testEnvironment(database, [job]).config, [job]);
    const hosts = await Promise.all(Array.from({ length: 10 }, () => harness.second(database)));
    let refused = 0;
    const outcomes = await Promise.all(
      [...hosts, ...hosts].map(async (host) => {
        const outcome = await runManually(testEnvironment(host, [job]), byHand(job));
        if (outcome.status === 'skipped') refused += 1;
        if (refused === 19) release.open();
        return outcome.status;
      }),
    );
    expect(going).toBe(1);
    expect(outcomes.filter((status) => status === 'succeeded')).toHaveLength(1);
    expect(outcomes.filter((status) => status === 'skipped')).toHaveLength(19);
  });

  it('a run whose heartbeat has lapsed is taken over; the one that was cut off notices and writes nothing', async () => {
    const database = await harness.fresh();
    const other = await harness.second(database);
    const lapse = sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '61 seconds'`;
    const job = testJob();
    const environment = testEnvironment(other, [job]);
    const cutOff = testJob({
      run: async ({ transaction, signal }) => {
        await lapse.execute(database.db);
        expect(await runManually(environment, byHand(job))).toMatchObject({ status: 'succeeded' });
        // The heartbeat finds that the run is no longer ours.
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await transaction((trx) => note('late').execute(trx));
        return {};
      },
    });
    const outcome = await runManually(
      testEnvironment(database, [cutOff], { heartbeatMs: 200 }),
      byHand(cutOff),
    );
    expect(outcome).toMatchObject({ status: 'interrupted', fault: { code: 'run_lost' } });
    expect(await notes(database)).toEqual([]);
    expect(await runs(database)).toMatchObject([
      { status: 'interrupted', reason: 'heartbeat_lapsed' },
      { status: 'succeeded' },
    ]);
    expect(environment.logged('job.interrupted')).toHaveLength(1);
  });

  it('a run that has a renewed lease is not taken over', async () => {
    const database = await harness.fresh();
    const job = testJob({
      run: async () => {
        const beat = async () =>
          (
            await sql<{ b: string }>`select heartbeat_at::text as b from opsdeck_jobs.job_run`.execute(
              database.db,
            )
          ).rows[0]?.b;
        const first = await beat();
        while ((await beat()) === first) await new Promise((resolve) => setTimeout(resolve, 10));
        return {};
      },
    });
    expect(
      await runManually(testEnvironment(database, [job], { heartbeatMs: 20 }), byHand(job)),
    ).toMatchObject({ status: 'succeeded' });
  });

  it('around a job, by hand or scheduled, there are few statements', async () => {
    const where = await harness.config();
    if (where.kind !== 'postgres') throw new Error('not a server');
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const job = testJob({ schedule: '@daily' });
    const counter = await startStatementCounter(where.url);
    const database = await openDatabase(
      { kind: 'postgres', url: counter.url },
      { applicationName: 'opsdeck-jobs tests', waitMs: 0, storedTimezone: undefined, clock },
    );
    try {
      const environment = testEnvironment(database, [job]);
      await registerJobs(database, environment.config, [job]);
      counter.take();
      await runManually(environment, byHand(job));
      // look; claim; store the settings; record; and, once a day, take the record head (seven)
      const counts = [counter.take()];
      clock.advance(86_400_000);
      await runScheduled(environment, { definition: job, timeoutMs: undefined, allowEmpty: false });
      // say that a timer is there; look whether to tell of failures; prune one batch (three); the head of another day
      counts.push(counter.take());
      await runScheduled(environment, { definition: job, timeoutMs: undefined, allowEmpty: false });
      counts.push(counter.take());
      await runManually(environment, byHand(job));
      counts.push(counter.take());
      await runManually(environment, byHand(job, { dryRun: true }));
      counts.push(counter.take());
      expect(counts).toEqual([11, 17, 7, 4, 1]);
    } finally {
      await database.close();
      await counter.close();
    }
  });
});
