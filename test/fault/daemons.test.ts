import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { readRunners } from '../../src/scheduler/runners.ts';
import { systemClock } from '../../src/time/clock.ts';
import { type ContestedJobsShape, contestedJobs } from '../support/contested-jobs.ts';
import { type DatabaseHarness, onPostgres } from '../support/databases.ts';
import { fastClock } from '../support/fast-clock.ts';
import { lockWaits } from '../support/lock-waits.ts';
import {
  type ScheduleOrder,
  type ScheduleProcess,
  startScheduleProcess,
} from '../support/schedule-process.ts';
import { until } from '../support/until.ts';
import { everyFiringOnce, keepFiringRecord, readFiringRecord, untilReaped } from './firing-record.ts';

/** How long daemons are killed; more finds more. */
const killSeconds = Number(process.env['OPSDECK_JOBS_FAULT_SECONDS'] ?? '60');

onPostgres((harness) => {
  it('20 daemons and 5 loops of --scheduled, their clocks on either side of each boundary: 1,000 firings run once each', async () => {
    const { database, jobs, order } = await begin(harness, { count: 250, longestMs: 0 }, 6);
    const aheadMs = (index: number) => ((index % 5) - 2) * 1000;
    const processes = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        startScheduleProcess({
          ...order(aheadMs(index)),
          as: index < 20 ? 'daemon' : 'timers',
        }),
      ),
    );
    await Promise.all(processes.map(({ ready }) => ready));
    const runners = await until(
      () => readRunners(database.db),
      (found) => found.length === 21,
    );
    expect(runners.filter(({ kind }) => kind === 'daemon')).toHaveLength(20);
    const before = await readFiringRecord(database, jobs);
    await until(
      () => readFiringRecord(database, jobs),
      ({ started }) => started >= before.started + 1000,
    );
    expect(await stopAll(processes)).toEqual(processes.map(() => 0));
    const record = await readFiringRecord(database, jobs);
    expect(record).toMatchObject({ ...everyFiringOnce, interrupted: 0 });
    expect(record.succeeded).toBe(record.started);
    // Only the row of this host's timers is left: nobody says that they are over.
    expect((await readRunners(database.db)).map(({ kind }) => kind)).toEqual(['timer']);
  }, 300_000);

  it(
    'kill -9 and standstills of random daemons: every firing ran once or has a reason why not, and no late finisher wrote anything',
    async () => {
      const { database, jobs, order } = await begin(harness, { count: 40, longestMs: 1500 }, 30);
      const daemons = await Promise.all(Array.from({ length: 6 }, () => startScheduleProcess(order(0))));
      const end = performance.now() + killSeconds * 1000;
      let standstills = 0;
      const killed: string[] = [];
      const reaped: Promise<void>[] = [];
      const killSome = async () => {
        while (performance.now() < end) {
          await wait(Math.random() * 2000);
          const index = Math.floor(Math.random() * 4);
          const victim = daemons[index];
          if (victim === undefined) throw new Error('no such daemon');
          victim.child.kill('SIGKILL');
          await victim.ended;
          killed.push(victim.runner);
          daemons[index] = await startScheduleProcess(order(0));
          reaped.push(untilReaped(database, victim.runner));
        }
      };
      const stopSome = async (index: number) => {
        const victim = daemons[index];
        if (victim === undefined) throw new Error('no such daemon');
        await victim.ready;
        while (performance.now() < end) {
          await wait(Math.random() * 2000);
          victim.child.kill('SIGSTOP');
          await untilReaped(database, victim.runner);
          victim.child.kill('SIGCONT');
          standstills += 1;
        }
      };
      await Promise.all([killSome(), stopSome(4), stopSome(5)]);

      await Promise.all([...reaped, ...daemons.map(({ ready }) => ready)]);
      expect(await stopAll(daemons)).toEqual(daemons.map(() => 0));
      // A claim of one that was killed may have been under way in the server, and be committed when it was taken for reaped.
      const last = await startScheduleProcess(order(0));
      await Promise.all([last.ready, ...killed.map((runner) => untilReaped(database, runner))]);
      expect(await last.stop()).toBe(0);
      const record = await readFiringRecord(database, jobs);
      expect(record).toMatchObject(everyFiringOnce);
      expect(record.interrupted).toBeGreaterThan(0);
      expect(killed.length).toBeGreaterThan(0);
      expect(standstills).toBeGreaterThan(0);
    },
    240_000 + killSeconds * 1000,
  );

  it('a run that stood still until it was taken for dead writes nothing when it wakes up', async () => {
    const { database, order } = await begin(harness, { count: 1, longestMs: 0 }, 30);
    const gatekeeper = await database.db.startTransaction().execute();
    await sql`lock table firing_gate in access exclusive mode`.execute(gatekeeper);
    const late = await startScheduleProcess(order(0));
    // Its row is written, and its transaction open: it waits at the gate.
    await lockWaits(database);
    late.child.kill('SIGSTOP');
    const other = await startScheduleProcess(order(0));
    await untilReaped(database, late.runner);
    await gatekeeper.rollback().execute();
    late.child.kill('SIGCONT');
    await until(
      () => late.logged('job.interrupted').filter(({ 'error.code': code }) => code === 'run_lost'),
      (lost) => lost.length === 1,
    );
    expect(await stopAll([late, other])).toEqual([0, 0]);
    const { rows } = await sql<{ wrote: number }>`
      select count(w.run_id)::integer as wrote from opsdeck_jobs.job_run r left join firing_work w on w.run_id = r.id
       where r.reason = 'heartbeat_lapsed' group by r.id`.execute(database.db);
    expect(rows).toEqual([{ wrote: 0 }]);
  });

  it('the clock set back an hour: nothing fires twice, and the schedules go on when it has caught up', async () => {
    const { database, jobs, order } = await begin(harness, { count: 20, longestMs: 0 }, 300);
    const daemons = await Promise.all(Array.from({ length: 4 }, () => startScheduleProcess(order(0))));
    await Promise.all(daemons.map(({ ready }) => ready));
    const started = await until(
      () => readFiringRecord(database, jobs),
      (record) => record.started >= 40,
    );
    for (const { child } of daemons) child.kill('SIGUSR2');
    await until(
      () => daemons.map((daemon) => daemon.logged('job.clock_behind').length),
      (found) => found.some((count) => count >= 1),
    );
    await until(
      () => readFiringRecord(database, jobs),
      (record) => record.started >= started.started + 40,
    );
    expect(await stopAll(daemons)).toEqual([0, 0, 0, 0]);
    expect(await readFiringRecord(database, jobs)).toMatchObject(everyFiringOnce);
  });
});

/** A database whose jobs are due every minute of a clock that is so many times as fast. */
async function begin(
  harness: DatabaseHarness,
  shape: Omit<ContestedJobsShape, 'schedule'>,
  speed: number,
): Promise<{
  database: OpenDatabase;
  jobs: ReturnType<typeof contestedJobs>;
  order(aheadMs: number): ScheduleOrder;
}> {
  const base = systemClock.now();
  const database = await harness.fresh({ clock: fastClock({ base, speed, aheadMs: 0 }) });
  const jobsShape = { ...shape, schedule: 'every minute' };
  const jobs = contestedJobs(jobsShape);
  await keepFiringRecord(database, jobs);
  const config = harness.configOf(database);
  return {
    database,
    jobs,
    order: (aheadMs) => ({
      database: config,
      as: 'daemon',
      jobs: jobsShape,
      clock: { base, speed, aheadMs },
      concurrency: 8,
      graceMs: 30_000,
    }),
  };
}

function stopAll(
  processes: readonly ScheduleProcess[],
): Promise<readonly (number | NodeJS.Signals | null)[]> {
  return Promise.all(processes.map((one) => one.stop()));
}
