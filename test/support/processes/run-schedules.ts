import { pino } from 'pino';
import { z } from 'zod';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import type { RunEnvironment } from '../../../src/job/run-environment.ts';
import { Loop } from '../../../src/scheduler/loop.ts';
import { runScheduled } from '../../../src/scheduler/run-scheduled.ts';
import { contestedJobs } from '../contested-jobs.ts';
import { fastClock, fastSleep } from '../fast-clock.ts';
import { testEnvironment } from '../runner.ts';

/*
 * A daemon, or a crontab that calls `run-job --scheduled` for one job after another, with the jobs of contested-jobs.ts and
 * a clock of the test's. Logs to stdout, a JSON document a line. SIGTERM stops it in order; SIGUSR2 sets its clock back an
 * hour. It does not call process.exit once it has its database: it ends only when nothing is left open.
 */

const order = z.object({
  database: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('postgres'), url: z.string() }),
    z.object({ kind: z.literal('embedded'), dataDir: z.string() }),
  ]),
  as: z.enum(['daemon', 'timers']),
  jobs: z.object({ count: z.number(), schedule: z.string(), longestMs: z.number() }),
  clock: z.object({ base: z.coerce.date(), speed: z.number(), aheadMs: z.number() }),
  concurrency: z.number(),
  graceMs: z.number(),
});

const {
  database: config,
  as,
  jobs,
  clock: pace,
  concurrency,
  graceMs,
} = order.parse(JSON.parse(process.argv[2] ?? ''));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort('SIGTERM'));
const clock = fastClock(pace);
process.on('SIGUSR2', () => clock.setBack(3_600_000));

const logger = pino({ level: 'info', base: null }, pino.destination({ sync: true }));
const definitions = contestedJobs(jobs);
const database = await openDatabase(config, {
  applicationName: 'opsdeck-jobs test',
  waitMs: 0,
  storedTimezone: undefined,
  clock,
}).catch((error: unknown) => {
  if (!(error instanceof OperatorError)) throw error;
  logger.info({ 'event.action': 'test.refused', 'error.code': error.code });
  process.exit(3);
});
// A run that is going when SIGTERM comes may end: the daemon waits for it, and so do the timers here.
const environment = testEnvironment(database, definitions, { logger });
logger.info({ 'event.action': 'test.ready' });
await (as === 'daemon' ? runDaemon(environment) : runTimers(environment));
await database.close();

async function runDaemon(environment: RunEnvironment): Promise<void> {
  const loop = new Loop(environment, {
    definitions,
    partial: false,
    concurrency,
    sleep: fastSleep(pace.speed),
  });
  loop.start();
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => undefined, 2 ** 30);
    stop.signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    });
  });
  await loop.stop(graceMs);
}

async function runTimers(environment: RunEnvironment): Promise<void> {
  while (!stop.signal.aborted) {
    for (const definition of definitions) {
      if (stop.signal.aborted) return;
      await runScheduled(environment, { definition, timeoutMs: undefined, allowEmpty: false });
    }
  }
}
