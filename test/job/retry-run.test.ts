import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runsRetry } from '../../src/cli/actions/runs-retry.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { readJobsSnapshot } from '../../src/job/jobs-snapshot.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { memoryIo } from '../support/memory-io.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const as = 'ana@example.org';

onEachDatabase((harness) => {
  const commandOn = (database: OpenDatabase, definition: JobDefinition) => {
    const where = harness.configOf(database);
    const world =
      where.kind === 'postgres'
        ? { env: { DATABASE_URL: where.url } }
        : { env: { OPSDECK_JOBS_DATA_DIR: where.dataDir }, held: database };
    return async (id: string, options: Parameters<typeof runsRetry>[3] = {}) => {
      const memory = memoryIo(world);
      const io = { ...memory.io, loadJobs: async () => [definition] };
      const exitCode = await runsRetry(io, {}, id, { json: true, as, ...options });
      const document: Record<string, unknown> = JSON.parse(memory.stdout());
      return { exitCode, document };
    };
  };

  /** Runs of `sweep` as (id, status, trigger, minutes ago, scheduled, attempt). */
  const add = async (
    database: OpenDatabase,
    run: { status: string; trigger?: string; at?: string; attempt?: number; params?: object },
  ): Promise<string> => {
    const { status, trigger = 'manual', at = '2026-11-24T09:00:00Z', attempt = 1, params = {} } = run;
    const { rows } = await sql<{ id: string }>`
      insert into opsdeck_jobs.job_run (job, status, trigger, attempt, scheduled_for, params, started_at, finished_at, heartbeat_at,
                                        runner, program_version, error_code)
      values ('sweep', ${status}, ${trigger}, ${attempt}::integer,
              case when ${trigger} <> 'manual' then ${at}::timestamptz end, ${JSON.stringify(params)}::text::jsonb, ${at}::timestamptz,
              case when ${status} <> 'running' then ${at}::timestamptz end, case when ${status} = 'running' then now() end,
              'a:1', '1', 'x')
      returning id`.execute(database.db);
    const [row] = rows;
    if (row === undefined) throw new Error('an insert returned no row');
    return row.id;
  };

  const begin = async () => {
    const database = await harness.fresh();
    let works = false;
    const seen: unknown[] = [];
    const definition = testJob({
      run: async ({ params }) => {
        seen.push(params);
        if (!works) throw new Error('not yet');
        return {};
      },
    });
    await registerJobs(database, testEnvironment(database, [definition]).config, [definition]);
    const work = () => {
      works = true;
    };
    return { database, seen, work, retry: commandOn(database, definition) };
  };

  it('repeats a run with its parameters, by hand, and records who asked for it and why', async () => {
    const { database, seen, work, retry } = await begin();
    const first = await add(database, { status: 'failed', params: { limit: 7, area: 'north' } });
    const again = await retry(first.slice(0, 8), { reason: 'it is back' });
    expect(again).toMatchObject({
      exitCode: 1,
      document: { status: 'failed', trigger: 'manual', retry_of: first },
    });
    const second = String(again.document['run_id']);
    // What is repeated is the newest: two at once would be two.
    await expect(retry(first)).rejects.toMatchObject({
      code: 'not_retryable',
      exitCode: 2,
      next: `Repeat that one: \`runs retry ${second}\`.`,
    });
    work();
    const last = await retry(second);
    expect(last).toMatchObject({ exitCode: 0, document: { status: 'succeeded', retry_of: second } });
    expect(seen).toEqual([
      { limit: 7, area: 'north' },
      { limit: 7, area: 'north' },
    ]);
    const { rows } = await sql`
      select actor, action, subject, after, note from opsdeck_jobs.action_log order by at`.execute(
      database.db,
    );
    expect(rows).toEqual([
      { actor: as, action: 'run.retry', subject: `run:${first}`, after: { run: second }, note: 'it is back' },
      {
        actor: as,
        action: 'run.retry',
        subject: `run:${second}`,
        after: { run: last.document['run_id'] },
        note: null,
      },
    ]);
  });

  it('a repeated run that finds nothing to look at fails, unless that is allowed', async () => {
    const database = await harness.fresh();
    const definition = testJob({ nothingEvaluated: () => 'Add something.' });
    await registerJobs(database, testEnvironment(database, [definition]).config, [definition]);
    const retry = commandOn(database, definition);
    const first = await add(database, { status: 'failed' });
    const again = await retry(first);
    expect(again).toMatchObject({ exitCode: 1, document: { error: { code: 'nothing_to_evaluate' } } });
    const allowed = await retry(String(again.document['run_id']), { allowEmpty: true });
    expect(allowed).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });
  });

  it.each([
    ['succeeded', {}],
    ['running', {}],
    ['skipped', {}],
    ['missed', { trigger: 'timer' }],
  ])('refuses a run that is %s, and records nothing', async (status, more) => {
    const { database, seen, retry } = await begin();
    const id = await add(database, { status, ...more });
    await expect(retry(id)).rejects.toMatchObject({ code: 'not_retryable', exitCode: 2 });
    expect(seen).toEqual([]);
    const { rows } = await sql`select id from opsdeck_jobs.job_run`.execute(database.db);
    expect(rows).toEqual([{ id }]);
  });

  it('refuses a scheduled run whose firing has another attempt already', async () => {
    const { database, retry } = await begin();
    const first = await add(database, { status: 'failed', trigger: 'schedule' });
    const next = await add(database, { status: 'timed_out', trigger: 'schedule', attempt: 2 });
    await expect(retry(first)).rejects.toMatchObject({ next: `Repeat that one: \`runs retry ${next}\`.` });
  });

  it('is the next attempt at its firing: no daemon or timer takes it up again besides', async () => {
    const clock = fakeClock('2026-11-24T00:00:00Z');
    const database = await harness.fresh({ clock });
    const definition = {
      ...testJob({ schedule: '30 2 * * *' }),
      repeatable: true,
      faultOf: () => ({ code: 'away', message: 'It is away.', exitCode: ExitCode.unavailable }),
    };
    const environment = testEnvironment(database, [definition], {
      jobConfigs: { sweep: { timezone: 'UTC', params: {}, settings: {} } },
    });
    await registerJobs(database, environment.config, [definition]);
    clock.set('2026-11-24T02:30:05Z');
    const request = { definition, timeoutMs: undefined, allowEmpty: false };
    const scheduled = await runScheduled(environment, request);
    expect((await readJobsSnapshot(database.db, [definition])).retries.size).toBe(1);
    const works = { ...definition, faultOf: () => null };
    const retry = commandOn(database, works);
    expect(await retry(scheduled?.runId ?? '')).toMatchObject({ exitCode: 0 });
    clock.set('2026-11-24T02:55:00Z');
    expect(await runScheduled(environment, request)).toBeNull();
    const interrupt = sql`update opsdeck_jobs.job_run set status = 'interrupted' where attempt = 2`;
    await interrupt.execute(database.db);
    expect(await runScheduled(environment, request)).toBeNull();
    const { rows } = await sql`
      select attempt, status, trigger, scheduled_for from opsdeck_jobs.job_run order by attempt`.execute(
      database.db,
    );
    const scheduled_for = new Date('2026-11-24T02:30:00Z');
    expect(rows).toEqual([
      { attempt: 1, status: 'failed', trigger: 'timer', scheduled_for },
      { attempt: 2, status: 'interrupted', trigger: 'manual', scheduled_for },
    ]);
  });
});
