import { sql } from 'kysely';
import { describe, expect, it, vi } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { decideJob } from '../../src/job/job-decisions.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { readRunners } from '../../src/scheduler/runners.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { gate, startLoop } from '../support/loop.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

interface Row {
  readonly job: string;
  readonly status: string;
  readonly reason: string | null;
  readonly scheduled_for: Date | null;
  readonly attempt: number;
  readonly trigger: string;
  readonly stands_for: unknown;
}

async function rows(database: OpenDatabase): Promise<readonly Row[]> {
  const found = await sql<Row>`
    select job, status, reason, scheduled_for, attempt, trigger, stands_for from opsdeck_jobs.job_run
     order by job, scheduled_for, attempt`.execute(database.db);
  return found.rows;
}

/** Waits until the database says what is expected; the test's own time limit is the only one. */
async function until<T>(read: () => Promise<T>, expected: (found: T) => boolean): Promise<T> {
  let found = await read();
  await vi.waitFor(
    async () => {
      found = await read();
      if (!expected(found)) throw new Error(`not yet: ${JSON.stringify(found)}`);
    },
    { timeout: 120_000, interval: 20 },
  );
  return found;
}

const ended = (found: readonly Row[]) =>
  found.length > 0 && found.every(({ status }) => status !== 'running');

onEachDatabase((harness) => {
  const begin = async (jobs: Parameters<typeof registerJobs>[2], at = '2026-11-24T00:00:00Z') => {
    const clock = fakeClock(at);
    const database = await harness.fresh({ clock });
    await registerJobs(database, testEnvironment(database, jobs ?? []).config, jobs);
    return { clock, database };
  };

  describe('the loop of the daemon', () => {
    it('runs what is due once, reports that it is there, and leaves when it is stopped', async () => {
      const job = testJob({ schedule: '0 9 * * *' });
      const { clock, database } = await begin([job]);
      const { loop } = startLoop(database, [job]);
      await until(
        () => readRunners(database.db),
        (found) => found.length === 1,
      );
      expect(await rows(database)).toEqual([]);
      clock.set('2026-11-24T08:00:00Z');
      loop.wake();
      const found = await until(() => rows(database), ended);
      expect(found).toMatchObject([
        { status: 'succeeded', trigger: 'schedule', scheduled_for: new Date('2026-11-24T08:00:00Z') },
      ]);
      expect(loop.lastTickAgeMs()).not.toBeNull();
      expect(loop.database()).toMatchObject({ reachable: true, error: null });
      await loop.stop(0);
      expect(await readRunners(database.db)).toEqual([]);
    });

    it('a long job delays no other while a slot is free, and what waits for one runs when it is', async () => {
      const long = gate();
      const names = ['a-long', 'b', 'c'];
      const jobs = names.map((name) =>
        testJob({
          name,
          schedule: '0 9 * * *',
          run: async () => {
            if (name === 'a-long') await long.opened;
            return {};
          },
        }),
      );
      const { clock, database } = await begin(jobs);
      clock.set('2026-11-24T08:00:00Z');
      startLoop(database, jobs, { concurrency: 2 });
      await until(
        () => rows(database),
        // In which order they begin is nobody's promise.
        (found) => found.length === 3 && found.filter(({ status }) => status === 'succeeded').length === 2,
      );
      expect((await rows(database)).map(({ job, status }) => [job, status])).toEqual([
        ['a-long', 'running'],
        ['b', 'succeeded'],
        ['c', 'succeeded'],
      ]);
      long.open();
      await until(() => rows(database), ended);
    });

    it('a firing that comes while the last run is going is recorded as an overlap', async () => {
      const long = gate();
      const job = testJob({
        schedule: 'every 5 minutes',
        run: async () => {
          await long.opened;
          return {};
        },
      });
      const { clock, database } = await begin([job], '2026-11-24T08:00:01Z');
      clock.set('2026-11-24T08:05:00Z');
      const { loop, environment } = startLoop(database, [job], { concurrency: 1 });
      await until(
        () => rows(database),
        (found) => found.length === 1,
      );
      clock.set('2026-11-24T08:10:00Z');
      loop.wake();
      const found = await until(
        () => rows(database),
        (all) => all.length === 2,
      );
      expect(found).toMatchObject([{ status: 'running' }, { status: 'skipped', reason: 'overlap' }]);
      expect(environment.logged('job.skipped')).toMatchObject([{ 'event.reason': 'overlap' }]);
      long.open();
      await until(() => rows(database), ended);
    });

    it('what was due while no daemon looked is made up for once; with max_late it is recorded as missed', async () => {
      const jobs = [
        testJob({ name: 'latest', schedule: '0 9 * * *' }),
        testJob({ name: 'limited', schedule: '0 9 * * *' }),
        testJob({ name: 'skip', schedule: '0 9 * * *', misfire: 'skip' }),
      ];
      const { clock, database } = await begin(jobs);
      clock.set('2026-11-26T20:00:00Z');
      const limited = { limited: { maxLateMs: 3_600_000, params: {}, settings: {} } };
      startLoop(database, jobs, {}, { jobConfigs: limited });
      const found = await until(
        () => rows(database),
        (all) => all.length === 4 && ended(all),
      );
      expect(found.map(({ job, status, reason }) => [job, status, reason])).toEqual([
        ['latest', 'missed', 'not_run'],
        ['latest', 'succeeded', null],
        ['limited', 'missed', 'too_late'],
        ['skip', 'missed', 'too_late'],
      ]);
    });

    it('a pause and its end are honoured without a restart', async () => {
      const job = testJob({ schedule: '0 9 * * *' });
      const { clock, database } = await begin([job]);
      const { loop } = startLoop(database, [job]);
      await until(
        () => readRunners(database.db),
        (found) => found.length === 1,
      );
      await decideJob(
        database,
        'sweep',
        { action: 'pause', until: null, reason: 'audit' },
        'ana@example.org',
      );
      clock.set('2026-11-24T08:00:00Z');
      loop.wake();
      await until(() => rows(database), ended);
      await decideJob(database, 'sweep', { action: 'resume' }, 'ana@example.org');
      clock.set('2026-11-25T08:00:00Z');
      loop.wake();
      const found = await until(
        () => rows(database),
        (all) => all.length === 2 && ended(all),
      );
      expect(found).toMatchObject([{ status: 'skipped', reason: 'paused' }, { status: 'succeeded' }]);
    });

    it('jitter delays the start and not the firing', async () => {
      const jobs = [
        testJob({ name: 'delayed', schedule: '0 9 * * *' }),
        testJob({ name: 'plain', schedule: '4 9 * * *' }),
      ];
      const { clock, database } = await begin(jobs);
      clock.set('2026-11-24T08:00:00Z');
      const { loop } = startLoop(
        database,
        jobs,
        { random: () => 0.5 },
        { jobConfigs: { delayed: { jitterMs: 600_000, params: {}, settings: {} } } },
      );
      await until(
        async () => loop.lastTickAgeMs(),
        (age) => age !== null,
      );
      clock.set('2026-11-24T08:04:59Z');
      loop.wake();
      expect(await until(() => rows(database), ended)).toMatchObject([{ job: 'plain' }]);
      clock.set('2026-11-24T08:05:00Z');
      loop.wake();
      const found = await until(
        () => rows(database),
        (all) => all.length === 2 && ended(all),
      );
      expect(found[0]).toMatchObject({ job: 'delayed', scheduled_for: new Date('2026-11-24T08:00:00Z') });
    });

    it('a job whose tables are missing is reported once and stays due; the others run', async () => {
      const jobs = [
        testJob({ name: 'broken', schedule: '0 9 * * *', requires: { no_such_table: ['id'] } }),
        testJob({ name: 'whole', schedule: '0 9 * * *' }),
      ];
      const { clock, database } = await begin(jobs);
      clock.set('2026-11-24T08:00:00Z');
      const { loop, environment } = startLoop(database, jobs);
      await until(() => rows(database), ended);
      await sql`create table no_such_table (id integer)`.execute(database.db);
      loop.wake();
      const found = await until(
        () => rows(database),
        (all) => all.length === 2 && ended(all),
      );
      expect(found.map(({ job, status }) => [job, status])).toEqual([
        ['broken', 'succeeded'],
        ['whole', 'succeeded'],
      ]);
      expect(environment.logged('job.unavailable')).toHaveLength(1);
      expect(environment.logged('job.available')).toHaveLength(1);
    });

    it('stopping lets a run end; after the grace it is interrupted, and the firing of a repeatable job begins again', async () => {
      const reached = gate();
      const never = gate();
      let attempts = 0;
      const job = {
        ...testJob({
          schedule: '0 9 * * *',
          run: async ({ signal }) => {
            attempts += 1;
            if (attempts > 1) return {};
            reached.open();
            await new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason), { once: true });
            });
            await never.opened;
            return {};
          },
        }),
        repeatable: true,
      };
      const { clock, database } = await begin([job]);
      clock.set('2026-11-24T08:00:00Z');
      const { loop } = startLoop(database, [job]);
      await reached.opened;
      await loop.stop(0);
      expect(await rows(database)).toMatchObject([{ status: 'interrupted', attempt: 1 }]);
      startLoop(database, [job]);
      const found = await until(
        () => rows(database),
        (all) => all.length === 2 && ended(all),
      );
      expect(found).toMatchObject([
        { status: 'interrupted', attempt: 1 },
        { status: 'succeeded', attempt: 2, scheduled_for: new Date('2026-11-24T08:00:00Z') },
      ]);
    });

    it('alerts about a failing job once a day while it lasts, and when it works again', async () => {
      let broken = true;
      const job = testJob({
        schedule: '0 9 * * *',
        run: async () => {
          if (broken) throw new Error('no such luck');
          return {};
        },
      });
      const { clock, database } = await begin([job]);
      await sql`insert into "user" (name, email, role, is_archived, hide_from_org_chart)
                values ('Ana', 'ana@example.org', 'admin', false, false)`.execute(database.db);
      const told = async () => {
        const { rows: found } = await sql<{ key: string }>`
          select dedupe_key as key from opsdeck_jobs.message order by created_at`.execute(database.db);
        return found.map(({ key }) => key.replace(/:[0-9a-f-]{36}:/, ':RUN:'));
      };
      const { loop } = startLoop(database, [job]);
      const days = ['job-failed:sweep:RUN:day-0', 'job-failed:sweep:RUN:day-1'];
      for (const [index, day] of ['2026-11-24', '2026-11-25'].entries()) {
        clock.set(`${day}T08:00:00Z`);
        loop.wake();
        expect(await until(told, (found) => found.length === index + 1)).toEqual(days.slice(0, index + 1));
      }
      await loop.stop(0);
      broken = false;
      clock.set('2026-11-26T08:00:00Z');
      const again = startLoop(database, [job]);
      await until(
        () => rows(database),
        (found) => found.some(({ status }) => status === 'succeeded'),
      );
      await again.loop.stop(0);
      startLoop(database, [job]);
      expect(await until(told, (found) => found.length === 3)).toEqual([
        ...days,
        'job-failed:sweep:RUN:recovered',
      ]);
    });

    it('the clock set back: nothing fires twice, and it is reported once', async () => {
      const job = testJob({ schedule: '0 9 * * *' });
      const { clock, database } = await begin([job]);
      clock.set('2026-11-24T08:00:00Z');
      const { loop, environment } = startLoop(database, [job]);
      await until(() => rows(database), ended);
      clock.set('2026-11-24T06:59:00Z');
      loop.wake();
      await vi.waitFor(() => expect(environment.logged('job.clock_behind')).toHaveLength(1), 60_000);
      clock.set('2026-11-24T08:00:30Z');
      loop.wake();
      clock.set('2026-11-25T08:00:00Z');
      loop.wake();
      const found = await until(
        () => rows(database),
        (all) => all.length === 2 && ended(all),
      );
      expect(found.map((row) => row.scheduled_for?.toISOString())).toEqual([
        '2026-11-24T08:00:00.000Z',
        '2026-11-25T08:00:00.000Z',
      ]);
      expect(environment.logged('job.clock_behind')).toHaveLength(1);
    });
  });
});

onPostgres((harness) => {
  it('five daemons on one database: each of many firings runs exactly once', async () => {
    const jobs = Array.from({ length: 60 }, (_, at) => testJob({ name: `job-${at}`, schedule: '0 9 * * *' }));
    const clock = fakeClock('2026-11-24T00:00:00Z');
    const database = await harness.fresh({ clock });
    await registerJobs(database, testEnvironment(database, jobs).config, jobs);
    clock.set('2026-11-24T08:00:00Z');
    for (let daemon = 0; daemon < 5; daemon += 1) {
      startLoop(await harness.second(database, { clock }), jobs, { concurrency: 4 });
    }
    const found = await until(
      () => rows(database),
      (all) => all.length >= 60 && ended(all),
    );
    expect(found).toHaveLength(60);
    expect(new Set(found.map(({ job }) => job)).size).toBe(60);
    expect(found.every(({ status }) => status === 'succeeded')).toBe(true);
  });

  it('a dead runner that stood still in the middle of its commit delays no other, and is interrupted once its lock is released', async () => {
    const jobs = ['stuck', 'other'].map((name) => testJob({ name, schedule: '0 9 * * *' }));
    const clock = fakeClock('2026-11-24T00:00:00Z');
    const database = await harness.fresh({ clock });
    await registerJobs(database, testEnvironment(database, jobs).config, jobs);
    await sql`
      insert into opsdeck_jobs.job_run (job, status, trigger, params, started_at, heartbeat_at, runner, program_version)
      values ('stuck', 'running', 'manual', '{}', now(), now() - interval '61 seconds', 'dead:1', '0')`.execute(
      database.db,
    );
    const still = await (await harness.second(database)).db.startTransaction().execute();
    await sql`select from opsdeck_jobs.job_run for share`.execute(still);
    const { loop } = startLoop(database, jobs);
    clock.set('2026-11-24T08:00:00Z');
    loop.wake();
    await until(
      () => rows(database),
      (found) => found.some(({ job, status }) => job === 'other' && status === 'succeeded'),
    );
    expect(loop.database()).toMatchObject({ reachable: true });
    await still.rollback().execute();
    loop.wake();
    await until(
      () => rows(database),
      (found) => found.some(({ reason }) => reason === 'heartbeat_lapsed'),
    );
  });

  it('the next run of a job begins while the last one is being tidied away: stopping waits for both', async () => {
    const next = gate();
    let runs = 0;
    const job = testJob({
      schedule: 'every 5 minutes',
      run: async () => {
        runs += 1;
        if (runs === 1) throw new Error('no such luck');
        await next.opened;
        return {};
      },
    });
    const clock = fakeClock('2026-11-24T08:00:01Z');
    const database = await harness.fresh({ clock });
    await registerJobs(database, testEnvironment(database, [job]).config, [job]);
    const other = await harness.second(database);
    const { loop, environment } = startLoop(database, [job]);
    await until(
      () => readRunners(database.db),
      (found) => found.length === 1,
    );
    // Telling of the failure waits for this.
    const lock = await other.db.startTransaction().execute();
    await sql`lock table opsdeck_jobs.message in access exclusive mode`.execute(lock);
    clock.set('2026-11-24T08:05:00Z');
    loop.wake();
    await until(() => rows(database), ended);
    clock.set('2026-11-24T08:10:00Z');
    loop.wake();
    await until(
      async () => loop.running(),
      (running) => running === 2,
    );
    await lock.rollback().execute();
    await until(
      async () => loop.running(),
      (running) => running === 1,
    );
    const stopped = loop.stop(120_000);
    next.open();
    await stopped;
    expect(await rows(database)).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]);
    expect(environment.logged('job.finished')).toHaveLength(2);
  });

  it('a run whose heartbeat stopped is interrupted, and begins again where that does no harm', async () => {
    const jobs = ['repeatable', 'once'].map((name) => ({
      ...testJob({ name, schedule: '0 9 * * *' }),
      repeatable: name === 'repeatable',
    }));
    const clock = fakeClock('2026-11-24T00:00:00Z');
    const database = await harness.fresh({ clock });
    await registerJobs(database, testEnvironment(database, jobs).config, jobs);
    clock.set('2026-11-24T08:00:30Z');
    await sql`
      update opsdeck_jobs.job_state set last_scheduled_for = '2026-11-24T08:00:00Z'`.execute(database.db);
    await sql`
      insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, params, started_at, heartbeat_at, runner, program_version)
      select job, 'running', 'schedule', last_scheduled_for, '{}', last_scheduled_for, now() - interval '61 seconds', 'dead:1', '0'
        from opsdeck_jobs.job_state`.execute(database.db);
    startLoop(database, jobs);
    const found = await until(
      () => rows(database),
      (all) => all.length === 3 && ended(all),
    );
    expect(found).toMatchObject([
      { job: 'once', status: 'interrupted', reason: 'heartbeat_lapsed', attempt: 1 },
      { job: 'repeatable', status: 'interrupted', reason: 'heartbeat_lapsed', attempt: 1 },
      { job: 'repeatable', status: 'succeeded', attempt: 2 },
    ]);
  });

  describe('an interrupted firing of a repeatable job', () => {
    const due = new Date('2026-11-24T08:00:00Z');
    const next = new Date('2026-11-24T08:05:00Z');

    /** A run for `due` whose runner has died; `others` are firings that were decided since. */
    const beginLapsed = async (others: readonly Date[], names: readonly string[] = ['sweep']) => {
      const jobs = names.map((name) => ({
        ...testJob({ name, schedule: 'every 5 minutes' }),
        repeatable: name !== 'once',
      }));
      const clock = fakeClock('2026-11-24T08:00:00Z');
      const database = await harness.fresh({ clock });
      await registerJobs(database, testEnvironment(database, jobs).config, jobs);
      clock.set('2026-11-24T08:05:30Z');
      await sql`
        insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, params, started_at, heartbeat_at, runner, program_version)
        select job, 'running', 'schedule', ${due}::timestamptz, '{}', ${due}::timestamptz, now() - interval '61 seconds', 'dead:1', '0'
          from opsdeck_jobs.job_state`.execute(database.db);
      for (const other of others) {
        await sql`
          insert into opsdeck_jobs.job_run (job, status, reason, trigger, scheduled_for, params, started_at, finished_at, runner, program_version)
          select job, 'skipped', 'overlap', 'schedule', ${other}::timestamptz, '{}', ${other}::timestamptz, ${other}::timestamptz, 'other:1', '0'
            from opsdeck_jobs.job_state`.execute(database.db);
      }
      await sql`update opsdeck_jobs.job_state set last_scheduled_for = ${others.at(-1) ?? due}::timestamptz`.execute(
        database.db,
      );
      return { database, jobs, clock };
    };

    it('is repeated although the next one was skipped while the dead run still counted as going', async () => {
      const { database, jobs } = await beginLapsed([next], ['once', 'sweep']);
      startLoop(database, jobs);
      const found = await until(
        () => rows(database),
        (all) => all.length === 5 && ended(all),
      );
      expect(found).toMatchObject([
        { job: 'once', status: 'interrupted', scheduled_for: due },
        { job: 'once', status: 'skipped', scheduled_for: next },
        { job: 'sweep', status: 'interrupted', scheduled_for: due, attempt: 1 },
        { job: 'sweep', status: 'succeeded', scheduled_for: due, attempt: 2 },
        { job: 'sweep', status: 'skipped', reason: 'overlap', scheduled_for: next },
      ]);
    });

    it('is made up for by the run of the next one that is due, whose row names it', async () => {
      const { database, jobs } = await beginLapsed([]);
      startLoop(database, jobs);
      const found = await until(
        () => rows(database),
        (all) => all.length === 2 && ended(all),
      );
      expect(found).toMatchObject([
        { status: 'interrupted', scheduled_for: due },
        {
          status: 'succeeded',
          reason: 'after_interrupted',
          scheduled_for: next,
          stands_for: { from: '2026-11-24T08:00:00.000Z', to: '2026-11-24T08:00:00.000Z', count: 1 },
        },
      ]);
    });

    it('is one of those that the run stands for when others were missed after it', async () => {
      const { database, jobs, clock } = await beginLapsed([]);
      clock.set('2026-11-24T08:15:30Z');
      startLoop(database, jobs);
      const found = await until(
        () => rows(database),
        (all) => all.length === 3 && ended(all),
      );
      expect(found).toMatchObject([
        { status: 'interrupted', scheduled_for: due },
        { status: 'missed', stands_for: { count: 2 } },
        {
          status: 'succeeded',
          reason: 'after_interrupted',
          stands_for: { from: '2026-11-24T08:00:00.000Z', to: '2026-11-24T08:10:00.000Z', count: 3 },
        },
      ]);
    });

    it('by crontab is made up for in the same way', async () => {
      const { database, jobs } = await beginLapsed([]);
      const [definition] = jobs;
      if (definition === undefined) throw new Error('no job');
      const environment = testEnvironment(database, jobs);
      const request = { definition, timeoutMs: undefined, allowEmpty: false };
      expect(await runScheduled(environment, request)).toMatchObject({ status: 'succeeded' });
      expect(await rows(database)).toMatchObject([
        { status: 'interrupted' },
        { status: 'succeeded', scheduled_for: next, stands_for: { count: 1 } },
      ]);
    });

    it('by crontab is repeated although the next one was skipped', async () => {
      const { database, jobs } = await beginLapsed([next]);
      const [definition] = jobs;
      if (definition === undefined) throw new Error('no job');
      const environment = testEnvironment(database, jobs);
      const request = { definition, timeoutMs: undefined, allowEmpty: false };
      expect(await runScheduled(environment, request)).toMatchObject({ status: 'succeeded' });
      expect(await rows(database)).toMatchObject([
        { status: 'interrupted', scheduled_for: due },
        { status: 'succeeded', scheduled_for: due, attempt: 2 },
        { status: 'skipped', scheduled_for: next },
      ]);
    });

    it('is no overlap for the next one, which waits until the dead run can be marked', async () => {
      const { database, jobs, clock } = await beginLapsed([]);
      // Its runner stands still between its fence and its commit: nobody can mark it yet.
      const still = await (await harness.second(database)).db.startTransaction().execute();
      await sql`select from opsdeck_jobs.job_run for share`.execute(still);
      const { loop } = startLoop(database, jobs);
      await until(
        async () => loop.lastTickAgeMs(),
        (age) => age !== null,
      );
      expect(await rows(database)).toMatchObject([{ status: 'running' }]);
      await still.rollback().execute();
      const found = await until(
        // A round that had begun before the rollback waits once more.
        async () => {
          clock.advance(200);
          loop.wake();
          return rows(database);
        },
        (all) => all.length === 2 && ended(all),
      );
      expect(found).toMatchObject([
        { status: 'interrupted' },
        { status: 'succeeded', reason: 'after_interrupted', scheduled_for: next },
      ]);
    });
  });
});
