import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { measure } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const lateness = z.object({ lateness: z.array(z.number()) });
const idleFigures = z.object({ cpu: z.number(), rss: z.number() });
/** Built beside this file by run.mjs. */
const processFile = join(dirname(fileURLToPath(import.meta.url)), 'daemon-process.mjs');

/** In turns of so many seconds, so that a busy moment of the machine hits both. */
const rounds = 3;
const secondsOfRound = 20;
const concurrency = 16;

/** How late jobs start, how soon a dead daemon's run is taken up, and what an idle daemon costs; on PostgreSQL. */
export async function benchDaemon(context: BenchContext): Promise<Figure[]> {
  const load = await latenessFigures(context);
  const takeover = await secondsToTakeover(context);
  const idle = idleFigures.parse(
    await inDatabase(context, 'idle', (url) => run(context, { as: 'idle', url, jobs: 1000, seconds: 60 })),
  );
  const asBuilt = await inDatabase(context, 'as_built', (url) => rssAsBuilt(context, url));
  return [
    ...load,
    {
      what: 'from SIGKILL to the start of the next attempt',
      value: `${takeover.toFixed(1)} s`,
      bar: '≤ 75 s (60 s without a heartbeat, 15 s to notice)',
      met: takeover <= 75,
    },
    {
      what: 'idle, 1,000 jobs scheduled: CPU over a minute',
      value: `${idle.cpu.toFixed(2)} % of a core`,
      bar: '≤ 1 %',
      met: idle.cpu <= 1,
    },
    {
      what: 'idle, 1,000 jobs scheduled: RSS',
      value: `${Math.round(idle.rss)} MiB`,
    },
    {
      what: 'idle, the program as built with its own jobs: RSS',
      value: `${Math.round(asBuilt * 1.048576)} MB`,
      bar: '≤ 100 MB',
      met: asBuilt * 1.048576 <= 100,
    },
  ];
}

async function latenessFigures(context: BenchContext): Promise<Figure[]> {
  const found = { busy: [] as number[], bare: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const as of ['busy', 'bare'] as const) {
      const measured = await inDatabase(context, `${as}_${round}`, (url) =>
        run(context, { as, url, jobs: 200, seconds: secondsOfRound, concurrency }),
      );
      found[as].push(...lateness.parse(measured).lateness);
    }
  }
  const ratio = percentile(found.busy, 95) / percentile(found.bare, 95);
  return [
    {
      what: `200 jobs due each second, ${concurrency} at once, a minute: the bare loop, start lateness p50 / p95 / p99 / max`,
      value: `${spread(found.bare)} (${found.bare.length} runs)`,
    },
    {
      what: 'the daemon',
      value: `${spread(found.busy)} (${found.busy.length} runs), ratio of p95 ${ratio.toFixed(2)}`,
      bar: 'p95 ≤ 1.3 × the bare loop',
      met: ratio <= 1.3,
    },
  ];
}

/** Resident memory of the built daemon in MiB, once its start is over. Linux. */
async function rssAsBuilt(context: BenchContext, url: string): Promise<number> {
  const daemon = spawn(process.execPath, [join(context.root, 'bin/opsdeck-jobs.js'), 'daemon'], {
    cwd: context.folder,
    env: {
      PATH: process.env['PATH'],
      HOME: context.folder,
      DATABASE_URL: url,
      TIMEZONE: 'Europe/Madrid',
    },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  try {
    await sleep(60_000);
    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
  } finally {
    daemon.kill('SIGTERM');
    await ended;
  }
}

/** Two daemons; the one that has taken the job is killed. */
function secondsToTakeover(context: BenchContext): Promise<number> {
  return inDatabase(context, 'takeover', async (url) => {
    const daemons = [0, 1].map(() => start(context, { as: 'long', url }));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const runnerOf = async (attempt: number) => {
        for (;;) {
          const { rows } = await client.query<{ runner: string }>(
            "select runner from opsdeck_jobs.job_run where status = 'running' and attempt = $1",
            [attempt],
          );
          if (rows[0] !== undefined) return rows[0].runner;
          await sleep(50);
        }
      };
      // Due now, and not again soon: a later firing would take the place of the interrupted one.
      for (let due = 0; due === 0; await sleep(50)) {
        const { rowCount } = await client.query(
          "update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '1 year' where job = 'long'",
        );
        due = rowCount ?? 0;
      }
      const runner = await runnerOf(1);
      const victim = daemons.find(({ pid }) => runner.endsWith(`:${pid}`));
      if (victim === undefined) throw new Error(`${runner} is none of ours`);
      victim.kill('SIGKILL');
      const killed = performance.now();
      await runnerOf(2);
      return (performance.now() - killed) / 1000;
    } finally {
      for (const daemon of daemons) daemon.kill('SIGKILL');
      await client.end();
    }
  });
}

async function inDatabase<T>(
  context: BenchContext,
  name: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  const database = `bench_daemon_${name}`;
  await admin.query(`create database ${database}`);
  const url = context.databaseUrl(database);
  try {
    await measure(context.root, [join(context.root, 'bin/opsdeck-jobs.js'), 'migrate'], {
      DATABASE_URL: url,
    });
    return await work(url);
  } finally {
    await admin.query(`drop database ${database} with (force)`);
    await admin.end();
  }
}

function start(context: BenchContext, order: object): ChildProcess {
  return spawn(process.execPath, [processFile, JSON.stringify(order)], {
    cwd: context.root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function run(context: BenchContext, order: object): Promise<unknown> {
  const child = start(context, order);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the process of the benchmark ended with ${code}`);
  return JSON.parse(stdout);
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (value === undefined) throw new Error('a percentile of nothing');
  return value;
}

function spread(values: readonly number[]): string {
  const shown = [50, 95, 99, 100].map((percent) => percentile(values, percent));
  return `${shown.map((value) => Math.round(value)).join(' / ')} ms`;
}
