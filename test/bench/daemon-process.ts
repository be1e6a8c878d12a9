import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { z } from 'zod';
import { openDatabase } from '../../src/db/open-migrated.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { Loop } from '../../src/scheduler/loop.ts';
import { systemClock } from '../../src/time/clock.ts';
import { fastClock, fastSleep } from '../support/fast-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

/*
 * The processes of the benchmark: a daemon under load, the bare loop it is compared with, an idle daemon, and one with a
 * long job. What was measured goes to stdout as one JSON document.
 */

const order = z.discriminatedUnion('as', [
  z.object({ as: z.literal('busy'), url: z.string(), jobs: z.int(), seconds: z.int(), concurrency: z.int() }),
  z.object({ as: z.literal('bare'), url: z.string(), jobs: z.int(), seconds: z.int(), concurrency: z.int() }),
  z.object({ as: z.literal('idle'), url: z.string(), jobs: z.int(), seconds: z.int() }),
  z.object({ as: z.literal('long'), url: z.string() }),
]);

/** Of the business clock: what is due every minute is due every second. */
const speed = 60;
const minuteMs = 60_000;

/** What the bare loop sends for a run. */
const claim = `
  with decided as (
    update opsdeck_jobs.job_state set last_scheduled_for = $2 where job = $1 and last_scheduled_for < $2 returning job
  )
  insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, params, started_at, heartbeat_at, runner, program_version)
  select job, 'running', 'schedule', $2, '{}', $2, now(), 'bare', '0' from decided on conflict do nothing returning id`;
const record = `
  update opsdeck_jobs.job_run set status = 'succeeded', finished_at = started_at, duration_ms = 0, result = '{}'
   where id = $1 and status = 'running'`;

const told = order.parse(JSON.parse(process.argv[2] ?? ''));
switch (told.as) {
  case 'busy':
    say({ lateness: await busy(told) });
    break;
  case 'bare':
    say({ lateness: await bare(told) });
    break;
  case 'idle':
    say(await idle(told));
    break;
  case 'long':
    await long(told.url);
    break;
  default:
    told satisfies never;
}

function say(found: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

/** Real milliseconds between the instant at which each firing was due and the start of its job; a missed one: a whole period. */
async function busy({ url, jobs, seconds, concurrency }: Extract<typeof told, { as: 'busy' }>) {
  // A whole minute: the fast clock's minutes are then the real one's seconds.
  const base = new Date(Math.floor(systemClock.now().getTime() / minuteMs) * minuteMs);
  const clock = fastClock({ base, speed, aheadMs: 0 });
  const startedAt = new Map<string, Date>();
  const definitions = names(jobs).map((name) =>
    testJob({
      name,
      schedule: 'every minute',
      run: async ({ runId }) => {
        startedAt.set(runId, clock.now());
        return {};
      },
    }),
  );
  const { database, loop } = await openLoop(url, definitions, concurrency, clock, fastSleep(speed));
  // Connections are open and the program is warm.
  await sleep(3000);
  const from = clock.now();
  await sleep(seconds * 1000);
  await loop.stop(30_000);
  const runs = await database.db
    .selectFrom('opsdeck_jobs.job_run')
    .select(['id', 'scheduled_for', 'status', 'stands_for'])
    .where('started_at', '>=', from)
    .where('scheduled_for', '>=', from)
    .execute();
  await database.close();
  return runs.flatMap(({ id, scheduled_for, status, stands_for }) => {
    const at = startedAt.get(id);
    if (at !== undefined && scheduled_for !== null) return [(at.getTime() - scheduled_for.getTime()) / speed];
    const missed = z.object({ count: z.int() }).safeParse(stands_for);
    return status === 'missed' && missed.success
      ? Array<number>(missed.data.count).fill(minuteMs / speed)
      : [];
  });
}

/** What nothing that claims and records can be much faster than: two statements a run, over as many connections. */
async function bare({ url, jobs, seconds, concurrency }: Extract<typeof told, { as: 'bare' }>) {
  const pool = new pg.Pool({ connectionString: url, max: concurrency });
  await Promise.all(Array.from({ length: concurrency }, () => pool.query('select 1')));
  const base = new Date(Math.ceil(systemClock.now().getTime() / 1000) * 1000 + 1000);
  await pool.query(
    `insert into opsdeck_jobs.job_state (job, enabled, schedule, timezone, last_scheduled_for, updated_at)
     select name, true, 'every minute', 'UTC', $2, now() from unnest($1::text[]) name
     on conflict (job) do update set last_scheduled_for = excluded.last_scheduled_for`,
    [names(jobs), base],
  );
  const lateness: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const due = base.getTime() + second * 1000;
    await sleep(Math.max(0, due - systemClock.now().getTime()));
    const scheduledFor = new Date(base.getTime() + (second + 1) * minuteMs);
    const left = names(jobs);
    const work = async () => {
      for (let job = left.pop(); job !== undefined; job = left.pop()) {
        const { rows } = await pool.query<{ id: string }>(claim, [job, scheduledFor]);
        lateness.push(systemClock.now().getTime() - due);
        await pool.query(record, [rows[0]?.id]);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  }
  await pool.end();
  return lateness;
}

/** CPU in percent of a core, and resident memory in MiB, once the start is over. */
async function idle({ url, jobs, seconds }: Extract<typeof told, { as: 'idle' }>) {
  const definitions = names(jobs).map((name, index) =>
    testJob({ name, schedule: `${index % 60} ${index % 24} 29 2 *` }),
  );
  const { database, loop } = await openLoop(url, definitions, 8);
  await sleep(15_000);
  const before = process.cpuUsage();
  const from = performance.now();
  await sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 10 / (performance.now() - from);
  const rss = process.memoryUsage.rss() / 2 ** 20;
  await loop.stop(0);
  await database.close();
  return { cpu, rss };
}

/** Runs until it is killed: a repeatable job that takes for ever. */
async function long(url: string): Promise<void> {
  const forever: JobDefinition = {
    ...testJob({
      name: 'long',
      schedule: '@yearly',
      run: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    }),
    repeatable: true,
  };
  await openLoop(url, [forever], 8);
  setInterval(() => undefined, 2 ** 30);
}

async function openLoop(
  url: string,
  definitions: readonly JobDefinition[],
  concurrency: number,
  clock?: ReturnType<typeof fastClock>,
  pause?: ReturnType<typeof fastSleep>,
) {
  const database = await openDatabase(
    { kind: 'postgres', url },
    {
      applicationName: 'opsdeck-jobs bench',
      waitMs: 0,
      storedTimezone: undefined,
      ...(clock === undefined ? {} : { clock }),
    },
  );
  const logger = pino({ level: 'warn', base: null }, pino.destination(2));
  const environment = testEnvironment(database, definitions, { logger });
  await registerJobs(database, environment.config, definitions);
  const loop = new Loop(environment, {
    definitions,
    partial: false,
    concurrency,
    ...(pause === undefined ? {} : { sleep: pause }),
  });
  loop.start();
  return { database, loop };
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `job-${String(index).padStart(4, '0')}`);
}
