import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { contestedJobs } from '../support/contested-jobs.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment } from '../support/runner.ts';
import { everyFiringOnce, type FiringRecord, keepFiringRecord, readFiringRecord } from './firing-record.ts';

/*
 * The checker of the soaks finds each thing that must not happen: here it is made to happen, in the database of two jobs that ran
 * for four minutes and missed one.
 */

const newest =
  "(select id from opsdeck_jobs.job_run where status = 'succeeded' order by job, scheduled_for desc limit 1)";

const wrongs: ReadonlyArray<readonly [string, keyof FiringRecord, string]> = [
  [
    'a minute of which nothing is recorded',
    'unaccounted',
    `delete from opsdeck_jobs.job_run where id = ${newest}`,
  ],
  [
    'a minute that is recorded as missed and as a run',
    'unaccounted',
    `update opsdeck_jobs.job_run set stands_for = jsonb_set(stands_for, '{from}', to_jsonb(scheduled_for - interval '2 minutes'))
      where status = 'missed'`,
  ],
  [
    'a minute recorded for another one',
    'unaccounted',
    `update opsdeck_jobs.job_run set scheduled_for = scheduled_for - interval '1 hour' where id = ${newest}`,
  ],
  [
    'work that was done twice',
    'workedTwice',
    `insert into firing_work select gen_random_uuid(), job, scheduled_for from firing_work where run_id = ${newest}`,
  ],
  ['a success without its work', 'withoutWork', `delete from firing_work where run_id = ${newest}`],
  ['work of no run', 'strayWork', `insert into firing_work values (gen_random_uuid(), 'x', now())`],
  [
    'something written after a run was ended by another',
    'lateFinishers',
    `insert into firing_interrupted values (${newest}, 0)`,
  ],
  [
    'a run that goes on',
    'running',
    `update opsdeck_jobs.job_run set status = 'running', finished_at = null, duration_ms = null, heartbeat_at = now() where id = ${newest}`,
  ],
  [
    'an end without a reason',
    'withoutReason',
    `update opsdeck_jobs.job_run set status = 'failed' where id = ${newest}`,
  ],
  [
    'a count that is wrong',
    'miscounted',
    `update opsdeck_jobs.run_tally set runs = runs + 1 where status = 'missed'`,
  ],
];

onEachDatabase((harness) => {
  it('the checker of the soaks finds what must not happen', async () => {
    const clock = fakeClock('2026-11-24T12:00:30Z');
    const database: OpenDatabase = await harness.fresh({ clock });
    const jobs = contestedJobs({ count: 2, schedule: 'every minute', longestMs: 0 });
    await keepFiringRecord(database, jobs);
    const environment = testEnvironment(database, jobs);
    // The third look finds that one minute has gone by.
    for (const minutes of [1, 1, 2]) {
      clock.advance(minutes * 60_000);
      for (const definition of jobs) {
        await runScheduled(environment, { definition, timeoutMs: undefined, allowEmpty: false });
      }
    }
    expect(await readFiringRecord(database, jobs)).toMatchObject({
      ...everyFiringOnce,
      due: 8,
      succeeded: 6,
    });
    for (const [what, count, statement] of wrongs) {
      const trx = await database.db.startTransaction().execute();
      try {
        await sql.raw(statement).execute(trx);
        const record = await readFiringRecord({ ...database, db: trx }, jobs);
        expect({ what, found: record[count] > 0 }).toEqual({ what, found: true });
      } finally {
        await trx.rollback().execute();
      }
    }
    expect(await readFiringRecord(database, jobs)).toMatchObject(everyFiringOnce);
  });
});
