import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { addUser } from '../notify/queue.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

onEachDatabase((harness) => {
  it('a call with nothing due prunes one bounded batch, and queues what is due about other jobs', async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    const [definition, weekly] = [testJob(), testJob({ name: 'weekly', schedule: '0 4 * * 0' })];
    const environment = testEnvironment(database, [definition, weekly]);
    await registerJobs(database, environment.config, [definition, weekly]);
    await addUser(database, 'admin@example.org', { role: 'admin' });
    await sql`
      insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, params, started_at, finished_at, runner, program_version)
      select 'sweep', 'succeeded', 'timer', at, '{}'::jsonb, at, at, 'here:1', '0'
        from (select timestamptz '2026-01-01 00:00Z' + make_interval(mins => n) as at from generate_series(1, 1500) n) old
      union all
      select 'weekly', 'failed', 'timer', at, '{}'::jsonb, at, at, 'here:1', '0'
        from (values (timestamptz '2026-11-22 03:00Z')) failed(at)`.execute(database.db);
    const call = () => runScheduled(environment, { definition, timeoutMs: undefined, allowEmpty: false });
    const left = async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from opsdeck_jobs.job_run where job = 'sweep'`.execute(database.db);
      return rows[0]?.count;
    };
    expect(await call()).toBeNull();
    expect(await left()).toBe(500);
    expect(await call()).toBeNull();
    // The newest success stays: it says when the job last did well.
    expect(await left()).toBe(1);
    const { rows } = await sql`select job, event_code from opsdeck_jobs.message`.execute(database.db);
    expect(rows).toEqual([{ job: 'weekly', event_code: 'JOB_FAILED' }]);
  });
});
