import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { fillManyControls, plainQuery, worsen } from '../support/many-controls.ts';
import { startStatementCounter } from '../support/statement-counter.ts';
import { type Measured, measure, median } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const runDocument = z.object({
  status: z.literal('succeeded'),
  duration_ms: z.number(),
  result: z.object({ controls: z.number(), regressions: z.object({ critical: z.number() }) }),
});

interface SizeFigures {
  /** Evaluate, compare and store: the run's own duration, the median of several runs with regressions to find. */
  readonly runMs: number;
  readonly plainMs: number;
  readonly statements: number;
  readonly peakRss: number;
  readonly idleRss: number;
  readonly regressions: number;
}

/** The drift job on PostgreSQL at 10,000 and 100,000 controls with two rules each. */
export async function benchDrift(context: BenchContext): Promise<Figure[]> {
  const small = await atSize(context, 10_000, 5);
  const large = await atSize(context, 100_000, 3);
  const overPlain = small.runMs / small.plainMs;
  const growth = large.runMs / small.runMs;
  const memory = large.peakRss - large.idleRss;
  return [
    {
      what: '10,000 controls × 2 rules: statements of a run, all of them',
      value: `${small.statements} (${small.regressions} regressions found)`,
      bar: '≤ 15',
      met: small.statements <= 15,
    },
    {
      what: '100,000 controls: statements of a run',
      value: String(large.statements),
      bar: 'the same',
      met: large.statements === small.statements,
    },
    { what: '10,000: one plain query of the same rows', value: `${Math.round(small.plainMs)} ms` },
    {
      what: '10,000: evaluate + compare + store',
      value: `${Math.round(small.runMs)} ms, ratio ${overPlain.toFixed(2)}`,
      bar: '≤ 5 × the plain query',
      met: overPlain <= 5,
    },
    {
      what: '100,000: evaluate + compare + store',
      value: `${Math.round(large.runMs)} ms, ratio ${growth.toFixed(1)}`,
      bar: '≤ 12 × 10,000',
      met: growth <= 12,
    },
    {
      what: '100,000: peak RSS over the idle program',
      value: `${Math.round(memory)} MiB (${Math.round(large.peakRss)} − ${Math.round(large.idleRss)})`,
      bar: '≤ 300 MiB',
      met: memory <= 300,
    },
  ];
}

async function atSize(context: BenchContext, controls: number, runs: number): Promise<SizeFigures> {
  const name = `bench_drift_${controls}`;
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = context.databaseUrl(name);
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  await measure(context.root, [program, 'migrate'], { DATABASE_URL: url });

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const runSql = (statement: string) => client.query(statement);
  await fillManyControls(runSql, controls);

  const counter = await startStatementCounter(url);
  const drift = (through: string): Promise<Measured> =>
    measure(context.root, [program, 'run-job', 'compliance-drift', '--json'], {
      DATABASE_URL: through,
      TIMEZONE: 'Europe/Madrid',
    });
  await drift(url);
  const idle = await measure(context.root, [program, 'list'], {
    DATABASE_URL: url,
    TIMEZONE: 'Europe/Madrid',
  });

  const plain: number[] = [];
  const own: number[] = [];
  const rss: number[] = [];
  let statements = 0;
  let regressions = 0;
  for (let run = 0; run < runs; run += 1) {
    await worsen(runSql, run);
    const started = performance.now();
    await client.query(plainQuery);
    plain.push(performance.now() - started);
    // Through the counter once only: what a proxy costs is not the program's.
    const measured = await drift(run === 0 ? counter.url : url);
    const { duration_ms, result } = runDocument.parse(JSON.parse(measured.stdout));
    if (result.controls !== controls) throw new Error(`${result.controls} controls were looked at`);
    if (run === 0) statements = counter.take();
    else own.push(duration_ms);
    rss.push(measured.peakRss);
    regressions = result.regressions.critical;
  }
  await counter.close();
  await client.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
  return {
    runMs: median(own),
    plainMs: median(plain),
    statements,
    peakRss: Math.max(...rss),
    idleRss: idle.peakRss,
    regressions,
  };
}
