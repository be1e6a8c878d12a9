import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { systemClock } from '../../src/time/clock.ts';
import { contestedJobs } from '../support/contested-jobs.ts';
import { onPostgres } from '../support/databases.ts';
import { fastClock } from '../support/fast-clock.ts';
import { freePort, startPostgresServer } from '../support/postgres-server.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';
import { startScheduleProcess } from '../support/schedule-process.ts';
import { startStallingProxy } from '../support/stalling-proxy.ts';
import { until } from '../support/until.ts';
import { everyFiringOnce, keepFiringRecord, readFiringRecord, untilReaped } from './firing-record.ts';

const healthSchema = z.object({ status: z.string(), database: z.string(), problem: z.string().nullable() });

onPostgres((harness) => {
  it('the database restarts under load: daemons go on by themselves, no firing runs twice, and each reports it once', async () => {
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    const url = server.url('postgres');
    expect(await runProgram(['migrate'], { cwd: tmpdir(), env: { DATABASE_URL: url } })).toMatchObject({
      code: 0,
    });
    const clock = { base: systemClock.now(), speed: 10, aheadMs: 0 };
    const database = await openDatabase(
      { kind: 'postgres', url },
      {
        applicationName: 'opsdeck-jobs tests',
        waitMs: 0,
        storedTimezone: undefined,
        clock: fastClock(clock),
      },
    );
    onTestFinished(() => database.close());
    const shape = { count: 60, schedule: 'every minute', longestMs: 2000 };
    const jobs = contestedJobs(shape);
    await keepFiringRecord(database, jobs);
    const daemons = await Promise.all(
      Array.from({ length: 4 }, () =>
        startScheduleProcess({
          database: { kind: 'postgres', url },
          as: 'daemon',
          jobs: shape,
          clock,
          concurrency: 8,
          graceMs: 60_000,
        }),
      ),
    );
    const started = () => readFiringRecord(database, jobs).then((record) => record.started);
    for (let restart = 0; restart < 2; restart += 1) {
      const before = await started();
      await until(started, (count) => count >= before + 60);
      // Longer than a minute of that clock: every daemon wants something of it meanwhile.
      await server.restart(8000);
      await until(
        () => daemons.map((daemon) => daemon.logged('database.back').length),
        (found) => found.every((count) => count === restart + 1),
      );
    }
    const before = await started();
    await until(started, (count) => count >= before + 60);
    expect(await Promise.all(daemons.map((daemon) => daemon.stop()))).toEqual([0, 0, 0, 0]);
    for (const daemon of daemons) {
      expect(daemon.logged('database.away')).toHaveLength(2);
      expect(daemon.logged('database.back')).toHaveLength(2);
    }
    // Runs whose end could not be recorded meanwhile are found by whoever looks next.
    const last = await startScheduleProcess({
      database: { kind: 'postgres', url },
      as: 'daemon',
      jobs: shape,
      clock,
      concurrency: 8,
      graceMs: 60_000,
    });
    await last.ready;
    for (const { runner } of daemons) await untilReaped(database, runner);
    expect(await last.stop()).toBe(0);
    expect(await readFiringRecord(database, jobs)).toMatchObject(everyFiringOnce);
  });

  it('a network that swallows everything is noticed, reported by /health, and left behind when a new connection goes through', async () => {
    const config = await harness.config();
    if (config.kind !== 'postgres') throw new Error('a proxy needs a server');
    const proxy = await startStallingProxy(config.url);
    onTestFinished(() => proxy.close());
    const listen = `127.0.0.1:${await freePort()}`;
    const { child, ended } = startProgram(['daemon', '--listen', listen], {
      cwd: tmpdir(),
      env: environmentFor({ kind: 'postgres', url: proxy.url }),
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const health = async () => {
      try {
        const response = await fetch(`http://${listen}/health`);
        return { code: response.status, ...healthSchema.parse(await response.json()) };
      } catch {
        return null;
      }
    };
    await until(health, (found) => found?.status === 'healthy');
    proxy.swallow();
    const unhealthy = await until(health, (found) => found?.problem?.includes('did not answer') === true);
    expect(unhealthy).toMatchObject({ code: 503, status: 'unhealthy', database: 'disconnected' });
    proxy.letNewThrough();
    expect(await until(health, (found) => found?.status === 'healthy')).toMatchObject({
      code: 200,
      database: 'connected',
    });
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout.match(/"event.action":"database.away"/g)).toHaveLength(1);
    expect(stdout.match(/"event.action":"database.back"/g)).toHaveLength(1);
  });
});
