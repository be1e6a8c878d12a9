import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { contestedJobs } from '../support/contested-jobs.ts';
import { onEmbedded } from '../support/databases.ts';
import { fastClock } from '../support/fast-clock.ts';
import { type ScheduleProcess, startScheduleProcess } from '../support/schedule-process.ts';
import { everyFiringOnce, keepFiringRecord, readFiringRecord } from './firing-record.ts';

/** How long daemons are killed; more finds more. */
const killSeconds = Number(process.env['OPSDECK_JOBS_FAULT_SECONDS'] ?? '20');

onEmbedded((harness) => {
  it(
    'kill -9 and standstills of the daemon that holds the folder, with another one at its heels: every firing ran once or has a reason why not',
    async () => {
      const pace = { base: systemClock.now(), speed: 30, aheadMs: 0 };
      const shape = { count: 20, longestMs: 200, schedule: 'every minute' };
      const jobs = contestedJobs(shape);
      const config = await harness.config();
      const open = (clock: Clock) =>
        openDatabase(config, {
          applicationName: 'opsdeck-jobs tests',
          waitMs: 0,
          storedTimezone: undefined,
          clock,
        });
      const before = await open(fastClock(pace));
      await keepFiringRecord(before, jobs);
      await before.close();

      const start = () =>
        startScheduleProcess({
          database: config,
          as: 'daemon',
          jobs: shape,
          clock: pace,
          concurrency: 8,
          graceMs: 30_000,
        });
      const end = performance.now() + killSeconds * 1000;
      let kills = 0;
      let standstills = 0;
      let refusals = 0;
      while (performance.now() < end) {
        // Two at once: one has the folder, the other is told so, whichever it is.
        const both = await Promise.all([start(), start()]);
        const holder = await firstReady(both);
        const other = both.find((one) => one !== holder);
        expect(await other?.ended).toBe(3);
        expect(other?.logged('test.refused').map((one) => one['error.code'])).toEqual(['database_held']);
        refusals += 1;
        await wait(Math.random() * 3000);
        if (kills % 2 === 1) {
          holder.child.kill('SIGSTOP');
          const third = await start();
          // Who stands still is alive: its folder is not taken from it.
          expect(await third.ended).toBe(3);
          holder.child.kill('SIGCONT');
          standstills += 1;
          await wait(Math.random() * 1000);
        }
        holder.child.kill('SIGKILL');
        await holder.ended;
        kills += 1;
      }
      const last = await start();
      await last.ready;
      await wait(500);
      expect(await last.stop()).toBe(0);

      const after = await open(fastClock(pace));
      const record = await readFiringRecord(after, jobs);
      await after.close();
      expect(record).toMatchObject(everyFiringOnce);
      expect(record.interrupted).toBeGreaterThan(0);
      expect(record.started).toBeGreaterThan(record.interrupted);
      expect(Math.min(kills, standstills, refusals)).toBeGreaterThan(0);
    },
    240_000 + killSeconds * 1000,
  );
});

function firstReady(processes: readonly ScheduleProcess[]): Promise<ScheduleProcess> {
  return Promise.any(processes.map((one) => one.ready.then(() => one)));
}
