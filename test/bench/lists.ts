import { join } from 'node:path';
import pg from 'pg';
import { measure, median } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const rounds = 5;
const small = 1_000;
const large = 1_000_000;

const commands = [['list'], ['runs', 'list'], ['messages', 'list'], ['metrics']] as const;

/** What people and monitoring look at, with a thousand and with a million runs and messages. */
export async function benchLists(context: BenchContext): Promise<Figure[]> {
  const urls = [await fill(context, small), await fill(context, large)] as const;
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  const figures: Figure[] = [];
  for (const command of commands) {
    const seconds: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, url] of urls.entries()) {
        const measured = await measure(context.root, [program, ...command], {
          DATABASE_URL: url,
          TIMEZONE: 'Europe/Madrid',
        });
        seconds[index === 0 ? 0 : 1].push(measured.seconds);
      }
    }
    const [few, many] = [median(seconds[0]), median(seconds[1])];
    figures.push({
      what: `${command.join(' ')}: ${large.toLocaleString('en')} rows, and ${small.toLocaleString('en')}`,
      value: `${Math.round(many * 1000)} ms, ${Math.round(few * 1000)} ms, ratio ${(many / few).toFixed(2)}`,
      bar: '≤ 3',
      met: many / few <= 3,
    });
  }
  return figures;
}

/** So many runs and as many messages; the newest are one of each job that failed, and messages that wait. */
async function fill(context: BenchContext, rows: number): Promise<string> {
  const name = `bench_lists_${rows}`;
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = context.databaseUrl(name);
  await measure(context.root, [join(context.root, 'bin/opsdeck-jobs.js'), 'migrate'], { DATABASE_URL: url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // One of the jobs has never succeeded, and one has only been skipped.
  await client.query(
    `insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, params, started_at, finished_at, duration_ms,
                                       runner, program_version, reason, error_code)
     select s.job, status, 'schedule', at, '{}', at, at, 1000, 'a:1', '1',
            case when status = 'skipped' then 'overlap' end, case when status = 'failed' then 'x' end
       from generate_series(1, $1::integer) as i
       join (select job, (row_number() over (order by job) - 1)::integer as number, count(*) over ()::integer as jobs
               from opsdeck_jobs.job_state) s on s.number = i % s.jobs
      cross join lateral (select now() - make_interval(secs => 7 * ($1 - i)) as at,
                                 case when number = 0 then 'failed' when number = 1 then 'skipped'
                                      when i % 50 < 2 then 'failed' else 'succeeded' end as status) made`,
    [rows],
  );
  await client.query(
    `insert into scheduled_communication (id, status, scheduled_date, target_type, target_id, channel, created_at, next_retry_at)
     select i, case when i > $1 - 100 then 'pending' else 'sent' end, now()::date, 'license', 1, 'email', now(), '9999-01-01'
       from generate_series(1, $1::integer) as i`,
    [rows],
  );
  await client.query(
    `insert into opsdeck_jobs.message (communication_id, run_id, job, event_code, channel, destination, dedupe_key, context,
                                       created_at, due_at, state)
     select i, gen_random_uuid(), 'uar', 'X', 'email', 'ana@example.org', i::text, '{}', now(), now(),
            case when i > $1 - 100 then 'queued' else 'sent' end
       from generate_series(1, $1::integer) as i`,
    [rows],
  );
  // As autovacuum does in time.
  await client.query('vacuum analyze');
  await client.end();
  return url;
}
