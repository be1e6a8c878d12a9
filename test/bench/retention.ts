import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { measure } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const document = z.object({
  run_id: z.string(),
  duration_ms: z.number(),
  result: z.object({
    policies: z.array(z.object({ accept: z.string().nullable(), taken: z.number(), archives: z.number() })),
  }),
});

interface SizeFigures {
  /** Plain SQL: copy to another table, delete. */
  readonly plainMs: number;
  /** The run's own duration: count, archive, read back, delete, with its pauses. */
  readonly runMs: number;
  readonly peakRss: number;
  readonly idleRss: number;
  readonly archives: number;
  /** A COPY of the same rows into the table, and `retention restore` from start to end of the process, less the idle program. */
  readonly copyMs: number;
  readonly restoreMs: number;
  readonly restoreRss: number;
}

/**
 * The journal archived and deleted, and restored, on PostgreSQL: 100,000 and 1,000,000 rows.
 * OPSDECK_JOBS_BENCH_ROWS is the larger size, for a quick look.
 */
export async function benchRetention(context: BenchContext): Promise<Figure[]> {
  const rows = Number(process.env['OPSDECK_JOBS_BENCH_ROWS'] ?? 1_000_000);
  const small = await atSize(context, Math.round(rows / 10));
  const large = await atSize(context, rows);
  const overPlain = large.runMs / large.plainMs;
  const growth = large.runMs / small.runMs;
  const overCopy = large.restoreMs / large.copyMs;
  const memory = large.peakRss - large.idleRss;
  const restoreMemory = large.restoreRss - large.idleRss;
  const ms = (value: number) => `${Math.round(value)} ms`;
  return [
    { what: `${rows} rows: plain SQL, copied to another table and deleted`, value: ms(large.plainMs) },
    {
      what: `${rows} rows: archived in ${large.archives} files and deleted`,
      value: `${ms(large.runMs)}, ratio ${overPlain.toFixed(2)}`,
      bar: '≤ 3 × plain SQL',
      met: overPlain <= 3,
    },
    {
      what: `${rows} rows against ${Math.round(rows / 10)}`,
      value: `ratio ${growth.toFixed(1)}`,
      bar: '≤ 12',
      met: growth <= 12,
    },
    {
      what: `${rows} rows: peak RSS over the idle program`,
      value: `${Math.round(memory)} MiB (${Math.round(large.peakRss)} − ${Math.round(large.idleRss)})`,
      bar: '≤ 150 MiB',
      met: memory <= 150,
    },
    { what: `${rows} rows: COPY into the table`, value: ms(large.copyMs) },
    {
      what: `${rows} rows: restored from the archives`,
      value: `${ms(large.restoreMs)}, ratio ${overCopy.toFixed(2)}`,
      bar: '≤ 3 × COPY',
      met: overCopy <= 3,
    },
    {
      what: `${rows} rows: peak RSS of the restore over the idle program`,
      value: `${Math.round(restoreMemory)} MiB`,
      bar: '≤ 150 MiB',
      met: restoreMemory <= 150,
    },
  ];
}

async function atSize(context: BenchContext, rows: number): Promise<SizeFigures> {
  const name = `bench_retention_${rows}`;
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = context.databaseUrl(name);
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  const archiveDir = join(context.folder, `archive-${rows}`);
  await mkdir(archiveDir);
  const config = join(context.folder, `config-${rows}.json`);
  const policy = { enabled: true, keep_days: 365, max_share: 1 };
  const settings = { archive_dir: archiveDir, built_in: { audit_log: policy } };
  await writeFile(config, JSON.stringify({ jobs: { 'data-retention': { settings } } }));
  const env = { DATABASE_URL: url, TIMEZONE: 'Europe/Madrid', OPSDECK_JOBS_CONFIG: config };
  const start = (args: readonly string[]) => measure(context.root, [program, ...args], env);
  await start(['migrate']);

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await fill(client, rows);
  // The server, which may be another user, writes and reads this one.
  const shared = join(context.folder, 'shared');
  await mkdir(shared, { recursive: true });
  await chmod(context.folder, 0o755);
  await chmod(shared, 0o777);
  const copyFile = join(shared, `rows-${rows}.copy`);
  await client.query(`copy audit_log to '${copyFile}'`);
  const plainMs = await timed(client, [
    'create table audit_log_archive as select * from audit_log limit 0',
    'insert into audit_log_archive select * from audit_log where event_processed',
    'delete from audit_log where event_processed',
  ]);
  await client.query('drop table audit_log_archive');
  await client.query('vacuum full analyze audit_log');
  const copyMs = await timed(client, [`copy audit_log from '${copyFile}'`]);
  await client.query('vacuum analyze audit_log');

  const idle = await start(['list']);
  await measureRefusal(context, program, env, rows);
  const run = await start(['run-job', 'data-retention', '--json', '--param', `accept=audit_log:${rows}`]);
  const { run_id, duration_ms, result } = document.parse(JSON.parse(run.stdout));
  const [done] = result.policies;
  if (done?.taken !== rows) throw new Error(`${done?.taken ?? 0} rows were taken`);
  await client.query('vacuum full analyze audit_log');
  const restored = await start(['retention', 'restore', run_id, '--json', '--yes']);
  const { rows: back } = await client.query<{ n: number }>('select count(*)::int as n from audit_log');
  if (back[0]?.n !== rows) throw new Error(`${back[0]?.n ?? 0} rows were restored`);
  await client.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
  return {
    plainMs,
    runMs: duration_ms,
    peakRss: run.peakRss,
    idleRss: idle.peakRss,
    archives: done.archives,
    copyMs,
    restoreMs: (restored.seconds - idle.seconds) * 1000,
    restoreRss: restored.peakRss,
  };
}

/** Rows as OpsDeck writes them: who, what, and the changed fields as JSON text. */
async function fill(client: pg.Client, rows: number): Promise<void> {
  await client.query(`insert into "user" (name, email, is_archived, hide_from_org_chart)
    select 'User ' || n, 'user' || n || '@example.org', false, false from generate_series(1, 100) n`);
  await client.query(`insert into audit_log (timestamp, user_id, user_email, ip_address, action, entity_type, entity_id,
                                             entity_repr, changes, event_processed)
    select timestamp '2020-01-01' + make_interval(secs => n * 60), 1 + n % 100, 'user' || (1 + n % 100) || '@example.org', '10.0.0.1',
           'update', 'Asset', n % 5000, 'Laptop ' || n % 5000,
           '{"status": {"old": "In use", "new": "In repair"}, "notes": {"old": null, "new": "' || md5(n::text) || '"}}', true
      from generate_series(1, ${rows}) n`);
  await client.query('vacuum analyze audit_log');
}

async function timed(client: pg.Client, statements: readonly string[]): Promise<number> {
  const started = performance.now();
  for (const statement of statements) await client.query(statement);
  return performance.now() - started;
}

/** The first run only tells the number to accept, and exits with 1. */
async function measureRefusal(
  context: BenchContext,
  program: string,
  env: Readonly<Record<string, string>>,
  rows: number,
): Promise<void> {
  const refused = await measure(context.root, [program, 'run-job', 'data-retention', '--json'], env).then(
    () => 'it was not refused',
    (error: unknown) => String(error),
  );
  if (!refused.includes(`accept=audit_log:${rows}`)) throw new Error(refused);
}
