import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { type Measured, measure } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';
import { benchFindings, type FindingFigures } from './uar-findings.ts';

/** BENCH_UAR_ROWS makes it smaller for a quick look. */
const rows = Number(process.env['BENCH_UAR_ROWS'] ?? 1_000_000);
/** Findings of one execution. */
const findings = 10_000;
const fields = ['department', 'role', 'city', 'manager', 'status'] as const;

/** The same value for the same row, field and seed. */
function value(row: number, field: number): string {
  let hash = Math.imul(row ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(field + 20_260_310, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
  return `${fields[field]} ${(hash >>> 0) % 1000}`;
}

/** One row in a hundred is in A alone, one in B alone, one differs in a field; B comes in another order. */
async function writeSides(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const line = (row: number, changed: boolean) =>
    `user${row}@example.org,${fields.map((_, field) => (changed && field === row % 5 ? 'changed' : value(row, field))).join(',')}\n`;
  const header = `email,${fields.join(',')}\n`;
  const write = (name: string, rowsOf: () => Generator<string>) =>
    pipeline(Readable.from(inPieces(header, rowsOf())), createWriteStream(join(folder, name)));
  await write('a.csv', function* () {
    for (let row = 0; row < count; row += 1) yield line(row, false);
  });
  await write('b.csv', function* () {
    for (let step = 0; step < count; step += 1) {
      // A prime that divides no size used here: every row once.
      const row = (step * 7919) % count;
      if (row % 100 !== 1) yield line(row, row % 100 === 2);
      else yield line(count + row, false);
    }
  });
}

function* inPieces(header: string, lines: Generator<string>): Generator<string> {
  let piece = header;
  for (const line of lines) {
    piece += line;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

const runDocument = z.object({
  status: z.literal('succeeded'),
  duration_ms: z.number(),
  result: z.object({
    reviews: z.tuple([
      z.object({ outcome: z.literal('completed'), findings: z.record(z.string(), z.number()) }),
    ]),
  }),
});

interface SizeFigures {
  readonly firstMs: number;
  readonly againMs: number;
  readonly plainMs: number;
  readonly overIdle: number;
  readonly server: number;
  readonly plainServer: number;
}

/** Access reviews of two CSV files, beside hand-written SQL and DuckDB on the same files. */
export async function benchUar(context: BenchContext): Promise<Figure[]> {
  const stored = await storedFindings(context);
  const large = await atSize(context, rows);
  const small = await atSize(context, rows / 10);
  const memory = await inMemory(context, rows);
  const duck = await measure(context.root, [
    join(context.root, 'test/bench/duckdb-compare.mjs'),
    join(context.folder, `uar-${rows}`),
    ...fields,
  ]);
  const overPlain = large.firstMs / large.plainMs;
  const growth = large.firstMs / small.firstMs;
  const name = rows.toLocaleString('en-US');
  const fewer = (rows / 10).toLocaleString('en-US');
  const many = findings.toLocaleString('en-US');
  const timesPlain = (what: string, ms: number): Figure => {
    const ratio = ms / stored.plainMs;
    return {
      what: `${many} findings ${what}, beside the plain INSERT … SELECT of as many rows`,
      value: `${Math.round(ms)} ms and ${Math.round(stored.plainMs)} ms, ratio ${ratio.toFixed(2)}`,
      bar: '≤ 3 ×',
      met: ratio <= 3,
    };
  };
  return [
    timesPlain('decided and stored', stored.storedMs),
    timesPlain('decided and stored that were seen before', stored.seenMs),
    {
      what: `${name} rows a side, hand-written COPY and FULL JOIN`,
      value: `${seconds(large.plainMs)}, server ${mebibytes(large.plainServer)}`,
    },
    {
      what: `${name}: first run of the job, findings stored`,
      value: `${seconds(large.firstMs)}, ratio ${overPlain.toFixed(2)}, server ${mebibytes(large.server)}`,
      bar: '≤ 2.5 × by hand',
      met: overPlain <= 2.5,
    },
    { what: `${name}: the same again, all findings seen before`, value: seconds(large.againMs) },
    {
      what: `${name}: peak RSS over the idle program`,
      value: mebibytes(large.overIdle),
      bar: '≤ 150 MiB',
      met: large.overIdle <= 150,
    },
    {
      what: `${name} beside ${fewer}`,
      value: `${seconds(small.firstMs)}, ratio ${growth.toFixed(1)}`,
      bar: '≤ 13 ×',
      met: growth <= 13,
    },
    {
      what: `${name}: uar compare, without a server`,
      value: `${seconds(memory.seconds * 1000)}, ${mebibytes(memory.peakRss)}`,
      bar: '≤ 8 s, ≤ 500 MB',
      met: memory.seconds <= 8 && memory.peakRss <= 476,
    },
    {
      what: `${name}: DuckDB`,
      value: `${seconds(Number(duck.stdout))}, ${mebibytes(duck.peakRss)}`,
    },
  ];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const mebibytes = (size: number) => `${Math.round(size)} MiB`;

async function storedFindings(context: BenchContext): Promise<FindingFigures> {
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  const name = 'bench_uar_findings';
  await admin.query(`create database ${name}`);
  const url = context.databaseUrl(name);
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  await measure(context.root, [program, 'migrate'], { DATABASE_URL: url, TIMEZONE: 'UTC' });
  const database = await openDatabase(
    { kind: 'postgres', url },
    {
      applicationName: 'bench',
      waitMs: 0,
      storedTimezone: undefined,
    },
  );
  const figures = await benchFindings(database, findings);
  await database.close();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
  return figures;
}

async function atSize(context: BenchContext, count: number): Promise<SizeFigures> {
  const folder = join(context.folder, `uar-${count}`);
  await writeSides(folder, count);
  const name = `bench_uar_${count}`;
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = context.databaseUrl(name);
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  const config = join(folder, 'opsdeck-jobs.json');
  await writeFile(config, JSON.stringify({ jobs: { uar: { settings: { sources_dir: folder } } } }));
  const environment = { DATABASE_URL: url, TIMEZONE: 'UTC', OPSDECK_JOBS_CONFIG: config };
  await measure(context.root, [program, 'migrate'], environment);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into uar_comparison (name, source_a_type, source_a_config, source_b_type, source_b_config, key_field_a, key_field_b,
                                 field_mappings, schedule_type, is_enabled, is_archived)
     values ('bench', 'CSV', '{"path": "a.csv"}', 'CSV', '{"path": "b.csv"}', 'email', 'email', $1, 'manual', true, false)`,
    [JSON.stringify(fields.map((field) => ({ field_a: field, field_b: field })))],
  );
  const idle = await measure(context.root, [program, 'list'], environment);
  const plain = await serverPeak(admin, name, () => byHand(url, folder));
  const run = async () => {
    const { result, peak } = await serverPeak(admin, name, () =>
      measure(context.root, [program, 'run-job', 'uar', '--param', 'comparison=1', '--json'], environment),
    );
    const { duration_ms, result: counted } = runDocument.parse(JSON.parse(result.stdout));
    const expected = count / 100;
    for (const type of ['Left Only (A)', 'Right Only (B)', 'Mismatch']) {
      if (counted.reviews[0].findings[type] !== expected) throw new Error(`${type}: not ${expected}`);
    }
    return { ms: duration_ms, peakRss: result.peakRss, server: peak };
  };
  const first = await run();
  const again = await run();
  await client.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
  return {
    firstMs: first.ms,
    againMs: again.ms,
    plainMs: plain.result,
    overIdle: Math.max(first.peakRss, again.peakRss) - idle.peakRss,
    server: first.server,
    plainServer: plain.peak,
  };
}

/** What somebody would type who wants the differences once; milliseconds. */
async function byHand(url: string, folder: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const started = performance.now();
  await client.query('begin');
  for (const side of ['a', 'b']) {
    await client.query(
      `create temporary table ${side} (email text, ${fields.map((field) => `${field} text`).join(', ')}) on commit drop`,
    );
    await pipeline(
      createReadStream(join(folder, `${side}.csv`)),
      client.query(copyFrom(`copy ${side} from stdin with (format csv, header true)`)),
    );
    await client.query(`analyze ${side}`);
  }
  const values = (side: string) => fields.map((field) => `${side}.${field}`).join(', ');
  const { rowCount } = await client.query(
    `create table by_hand as
     select coalesce(a.email, b.email) as email,
            case when b.email is null then 'left' when a.email is null then 'right' else 'mismatch' end as type,
            to_json(a) as a, to_json(b) as b
       from a full join b on a.email = b.email
      where a.email is null or b.email is null or (${values('a')}) is distinct from (${values('b')})`,
  );
  await client.query('commit');
  const ms = performance.now() - started;
  await client.query('drop table by_hand');
  await client.end();
  if (rowCount === null || rowCount === 0) throw new Error('nothing was found by hand');
  return ms;
}

/** `uar compare`, which needs no server. */
async function inMemory(context: BenchContext, count: number): Promise<Measured> {
  const folder = join(context.folder, `uar-${count}`);
  const [a, b] = [join(folder, 'a.csv'), join(folder, 'b.csv')];
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  const args = [
    'uar',
    'compare',
    a,
    b,
    '--key',
    'email',
    '--format',
    'csv',
    '--output',
    join(folder, 'findings.csv'),
  ];
  const measured = await measure(context.root, [program, ...args]);
  const findings = (await readFile(join(folder, 'findings.csv'), 'utf8')).trimEnd().split('\r\n').length - 1;
  if (findings !== (count / 100) * 3) throw new Error(`${findings} findings in memory`);
  return measured;
}

/** The most resident memory (MiB) of a connection to the database while something runs; 0 where the kernel does not say. */
async function serverPeak<T>(
  admin: pg.Client,
  database: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: number }> {
  let peak = 0;
  let over = false;
  const watch = async () => {
    while (!over) {
      const { rows: backends } = await admin.query<{ pid: number }>(
        'select pid from pg_stat_activity where datname = $1',
        [database],
      );
      for (const { pid } of backends) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      }
      await sleep(200);
    }
  };
  const watching = watch();
  const result = await work().finally(() => {
    over = true;
  });
  await watching;
  return { result, peak };
}
