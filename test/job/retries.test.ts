import { sql } from 'kysely';
import { describe, expect, it, vi } from 'vitest';
import type { JobConfig } from '../../src/config/config.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { checkFailures } from '../../src/job/failure-alerts.ts';
import { readJobsSnapshot } from '../../src/job/jobs-snapshot.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { Board } from '../../src/scheduler/board.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { addUser } from '../notify/queue.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { startLoop } from '../support/loop.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const minute = 60_000;

async function attempts(database: OpenDatabase): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select attempt, status, retry_at from opsdeck_jobs.job_run order by scheduled_for, attempt`.execute(
    database.db,
  );
  return rows;
}

async function alerts(database: OpenDatabase) {
  const { rows } = await sql<{ context: Record<string, unknown> }>`
    select context from opsdeck_jobs.message order by created_at`.execute(database.db);
  return rows.map(({ context }) => context);
}

onEachDatabase((harness) => {
  /** A job at 02:30 UTC whose other side is away, or which fails by itself. */
  const begin = async (
    changes: {
      readonly repeatable?: boolean;
      readonly exitCode?: ExitCode;
      readonly config?: Partial<JobConfig>;
    } = {},
  ) => {
    const clock = fakeClock('2026-11-24T00:00:00Z');
    const database = await harness.fresh({ clock });
    let works = false;
    const definition = {
      ...testJob({ schedule: '30 2 * * *' }),
      repeatable: changes.repeatable ?? true,
      faultOf: () =>
        works
          ? null
          : { code: 'away', message: 'It is away.', exitCode: changes.exitCode ?? ExitCode.unavailable },
      failureEffect: () => '3 alerts were not sent; they are kept.',
    };
    const environment = testEnvironment(database, [definition], {
      jobConfigs: { sweep: { timezone: 'UTC', params: {}, settings: {}, ...changes.config } },
    });
    await registerJobs(database, environment.config, [definition]);
    await addUser(database, 'admin@example.org', { role: 'admin' });
    const call = () => runScheduled(environment, { definition, timeoutMs: undefined, allowEmpty: false });
    return {
      clock,
      database,
      definition,
      environment,
      call,
      work: () => {
        works = true;
      },
    };
  };

  describe('a firing that fails because another side is away', () => {
    it('is tried again twice within the hour, each attempt a row, and is alerted after the last', async () => {
      const { clock, database, call } = await begin();
      clock.set('2026-11-24T02:30:05Z');
      expect(await call()).toMatchObject({ status: 'failed' });
      expect(await alerts(database)).toEqual([]);
      clock.advance(19 * minute);
      expect(await call()).toBeNull();
      clock.advance(minute);
      expect(await call()).toMatchObject({ status: 'failed' });
      expect(await alerts(database)).toEqual([]);
      clock.advance(20 * minute);
      expect(await call()).toMatchObject({ status: 'failed' });
      expect(await attempts(database)).toEqual([
        { attempt: 1, status: 'failed', retry_at: new Date('2026-11-24T02:50:05Z') },
        { attempt: 2, status: 'failed', retry_at: new Date('2026-11-24T03:10:05Z') },
        { attempt: 3, status: 'failed', retry_at: null },
      ]);
      expect(await alerts(database)).toMatchObject([
        { failures: 1, error_code: 'away', still: false, effect: '3 alerts were not sent; they are kept.' },
      ]);
      clock.advance(20 * minute);
      expect(await call()).toBeNull();
    });

    it('an attempt that succeeds ends it, without an alert', async () => {
      const { clock, database, call, work } = await begin();
      clock.set('2026-11-24T02:30:05Z');
      await call();
      work();
      clock.advance(20 * minute);
      expect(await call()).toMatchObject({ status: 'succeeded' });
      clock.advance(20 * minute);
      expect(await call()).toBeNull();
      expect(await alerts(database)).toEqual([]);
    });

    it('a daemon takes it up when its time has come, not before', async () => {
      const { clock, database, definition, environment, call } = await begin();
      clock.set('2026-11-24T02:30:05Z');
      await call();
      const board = new Board([definition], environment.config, 'UTC', () => 0.5);
      board.update(await readJobsSnapshot(database.db, [definition]));
      expect(board.due(clock.now(), new Set()).work).toEqual([]);
      expect(board.nextWake(clock.now())).toEqual(new Date('2026-11-24T02:50:05Z'));
      clock.set('2026-11-24T02:50:05Z');
      expect(board.due(clock.now(), new Set()).work).toMatchObject([
        { kind: 'repeat', interrupted: { attempt: 1 } },
      ]);
    });
  });

  it('the loop of a daemon makes the next attempt itself, once its time has come', async () => {
    const { clock, database, definition, environment, work } = await begin();
    clock.set('2026-11-24T02:30:05Z');
    const { loop } = startLoop(database, [definition], {}, { config: environment.config });
    const has = (expected: readonly unknown[]) =>
      vi.waitFor(async () => expect(await attempts(database)).toMatchObject(expected), { timeout: 60_000 });
    await has([{ attempt: 1, status: 'failed', retry_at: new Date('2026-11-24T02:50:05Z') }]);
    work();
    clock.set('2026-11-24T02:50:05Z');
    loop.wake();
    await has([
      { attempt: 1, status: 'failed' },
      { attempt: 2, status: 'succeeded', retry_at: null },
    ]);
    await loop.stop(0);
    expect(await attempts(database)).toHaveLength(2);
  });

  describe('what is not tried again', () => {
    it.each([
      ['a job that is not safe to repeat', { repeatable: false }],
      ['a failure of its own', { exitCode: ExitCode.failed }],
      ['a job whose retries are 0', { config: { retries: { count: 0, waitMs: minute } } }],
    ])('%s', async (_, changes) => {
      const { clock, database, call } = await begin(changes);
      clock.set('2026-11-24T02:30:05Z');
      await call();
      expect(await attempts(database)).toEqual([{ attempt: 1, status: 'failed', retry_at: null }]);
      expect(await alerts(database)).toHaveLength(1);
    });
  });

  it('alert_after: so many scheduled runs fail first, and the first message does not read as a repetition', async () => {
    const { clock, database, call, definition, environment } = await begin({
      exitCode: ExitCode.failed,
      config: { alertAfter: 2 },
    });
    clock.set('2026-11-24T02:30:05Z');
    await call();
    expect(await alerts(database)).toEqual([]);
    clock.set('2026-11-25T02:30:05Z');
    await call();
    expect(await alerts(database)).toMatchObject([{ failures: 2, still: false }]);
    clock.set('2026-11-26T03:00:00Z');
    await checkFailures(environment, [definition]);
    expect(await alerts(database)).toMatchObject([{ still: false }, { still: true }]);
  });
});
