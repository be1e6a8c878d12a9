import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { type DatabaseHarness, onPostgres } from '../support/databases.ts';
import { jobsFolder, jobText, workingFolder } from '../support/job-files.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';
import { logged, records } from '../support/program-log.ts';
import { until } from '../support/until.ts';

/*
 * Jobs of the user's that misbehave, in real processes on a real server: `run` has a thread of its own there.
 */

type Jobs = Readonly<Record<string, Readonly<Record<string, string>>>>;

const base = { params: 'z.strictObject({})', settings: 'z.strictObject({})', present: '() => []' };

/** Leaves a row in a table of the test. */
const leavesEffect = `await transaction(async (trx) => {
  await sql\`insert into effect values (\${job}, \${runId}::uuid)\`.execute(trx);
});`;

/** A file with several jobs. */
function jobsText(jobs: Jobs): string {
  const definitions = Object.entries(jobs).map(([name, changes]) =>
    jobText(name, { ...base, ...changes })
      .replace(/^import .*\n/, '')
      .replace(/^export default (.*)\n\}\);\n$/s, '$1\n}),'),
  );
  return `import { existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { defineJob, sql, z } from 'opsdeck-jobs';
export default [
${definitions.join('\n')}
];
`;
}

/** A working folder with these jobs on a fresh database. */
async function world(harness: DatabaseHarness, jobs: Jobs, more: Readonly<Record<string, unknown>> = {}) {
  const database = await harness.fresh();
  await sql`create table effect (job text, run_id uuid)`.execute(database.db);
  const cwd = workingFolder({ jobs_dirs: [jobsFolder({ 'own.mjs': jobsText(jobs) })], ...more });
  const env = { ...environmentFor(harness.configOf(database)), OPSDECK_JOBS_SECRET_ORACLE: 'forty-two' };
  const names = Object.keys(jobs);
  return {
    database,
    run: (...args: readonly string[]) => runProgram(args, { cwd, env }),
    start: (...args: readonly string[]): RunningProgram => {
      const program = startProgram(args, { cwd, env });
      onTestFinished(() => void program.child.kill('SIGKILL'));
      return program;
    },
    /** Daemons for these jobs, which are due. */
    startDue: async (daemons: number) => {
      const args = ['daemon', '--only', names.join(',')];
      const programs = Array.from({ length: daemons }, () => startProgram(args, { cwd, env }));
      for (const { child } of programs) onTestFinished(() => void child.kill('SIGKILL'));
      await Promise.all(programs.map((program) => logged(program, 'daemon.started')));
      await sql`update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '8 days'`.execute(
        database.db,
      );
      return programs;
    },
  };
}

/** A file that does not exist yet. */
function newFile(): string {
  const folder = mkdtempSync(join(inject('scratch'), 'gate-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'open');
}

interface Run {
  readonly job: string;
  readonly status: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly result: unknown;
}

async function runs({ db }: OpenDatabase): Promise<readonly Run[]> {
  const { rows } = await sql<Run>`
    select job, status, error_code, error_message, result from opsdeck_jobs.job_run
     where status <> 'missed' order by job, started_at`.execute(db);
  return rows;
}

const ended = (count: number) => (found: readonly Run[]) =>
  found.filter(({ status }) => status !== 'running').length === count;

onPostgres((harness) => {
  it('an endless loop, process.exit, an uncaught error and a full heap end that run only', async () => {
    const gate = newFile();
    const { database, startDue } = await world(harness, {
      'aaa-good': {
        // Sees all the others end.
        run: `async ({ db, job, runId, transaction, signal }) => {
          for (let left = 4; left > 0; ) {
            signal.throwIfAborted();
            const { rows } = await sql\`
              select count(*)::int as running from opsdeck_jobs.job_run where status = 'failed' or status = 'timed_out'\`.execute(db);
            left = 4 - rows[0].running;
          }
          ${leavesEffect}
          return { well: true };
        }`,
      },
      'bbb-spins': {
        run: `async ({ job, runId, transaction }) => {
          while (!existsSync(${JSON.stringify(gate)}));
          ${leavesEffect}
          return {};
        }`,
      },
      'ends-never': { timeout: "'1s'", run: 'async () => { for (;;); }' },
      exits: { run: 'async ({ transaction }) => transaction(async () => process.exit(3))' },
      fills: { run: 'async () => { const list = []; for (;;) list.push(list.length); }' },
      throws: {
        run: "() => new Promise(() => setTimeout(() => { throw new TypeError('nobody waits for this'); }, 1))",
      },
    });
    const daemons = await startDue(2);
    await until(() => runs(database), ended(5));
    // The thread of bbb-spins is still in its loop; the run is vouched for.
    await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '50 seconds' where status = 'running'`.execute(
      database.db,
    );
    await until(
      async () => {
        const { rows } = await sql<{ old: boolean }>`
          select heartbeat_at < now() - interval '45 seconds' as old from opsdeck_jobs.job_run where status = 'running'`.execute(
          database.db,
        );
        return rows;
      },
      (rows) => rows.length === 1 && rows[0]?.old === false,
    );
    writeFileSync(gate, '');
    expect(await until(() => runs(database), ended(6))).toMatchObject([
      { job: 'aaa-good', status: 'succeeded', result: { well: true } },
      { job: 'bbb-spins', status: 'succeeded' },
      { job: 'ends-never', status: 'timed_out' },
      { job: 'exits', status: 'failed', error_code: 'job_exited' },
      { job: 'fills', status: 'failed', error_code: 'job_out_of_memory' },
      { job: 'throws', error_message: 'Unexpected error: nobody waits for this' },
    ]);
    const { rows } = await sql`select job, count(*)::int as count from effect group by 1 order by 1`.execute(
      database.db,
    );
    expect(rows).toEqual([
      { job: 'aaa-good', count: 1 },
      { job: 'bbb-spins', count: 1 },
    ]);
    for (const { child, ended: end } of daemons) {
      child.kill('SIGTERM');
      expect(await end).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('parameters, settings, the secret and the mode go in; log, progress, messages and result come back', async () => {
    const folder = jobsFolder({
      'own.mjs': jobText('tells', {
        params: 'z.strictObject({ day: z.coerce.date() })',
        settings: "z.strictObject({ greeting: z.string().default('hello') })",
        run: `async ({ params, settings, secret, mode, zones, dryRun, actor, logger, progress, notifier, transaction, clock, db }) => {
          logger.warn({ 'event.action': 'own.word', 'labels.n': 7, err: new RangeError('too far') }, 'mind this');
          progress('counting', 3, 3);
          const { queued } = await transaction((trx) => notifier.enqueue(trx, {
            event: { code: 'OWN', name: 'Own', description: '', channels: ['email'], daysOffset: 0 },
            template: { name: 'Own', subject: 's', bodyHtml: 'b', category: 'own' },
            recipients: [{ kind: 'address', email: 'somebody@example.org' }],
            targetType: 'own', targetId: 1, context: {}, dedupeKey: 'own 1',
          }));
          const { rows } = await sql\`select abs(extract(epoch from now() - \${clock.now()}::timestamptz))::float8 as off\`.execute(db);
          return {
            year: params.day.getUTCFullYear(), greeting: settings.greeting, secret: secret('ORACLE').length,
            other: secret('NOTHING') === undefined, mode, zone: zones.business, dryRun, actor: actor.includes('@'),
            queued: queued.length, right: rows[0].off < 5,
          };
        }`,
        present: '(result) => [{ kind: "line", text: "shown " + result.queued }]',
      }),
    });
    const cwd = workingFolder({ jobs_dirs: [folder], jobs: { tells: { settings: { greeting: 'hola' } } } });
    const database = await harness.fresh();
    const env = { ...environmentFor(harness.configOf(database)), OPSDECK_JOBS_SECRET_ORACLE: 'forty-two' };
    const result = {
      year: 2026,
      greeting: 'hola',
      secret: 9,
      other: true,
      mode: database.mode,
      zone: 'Europe/Madrid',
      actor: true,
      queued: 1,
      right: true,
    };
    const args = ['run-job', 'tells', '--param', 'day=2026-11-30'];
    const dry = await runProgram([...args, '--dry-run'], { cwd, env });
    expect(dry.stdout).toContain('somebody@example.org');
    const messages = () => database.db.selectFrom('opsdeck_jobs.message').select('destination').execute();
    expect(await messages()).toEqual([]);
    const ran = await runProgram([...args, '--json', '--log-file', join(cwd, 'log')], { cwd, env });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      status: 'succeeded',
      result: { ...result, dryRun: false },
    });
    const [line] = records(
      ran.stderr
        .split('\n')
        .filter((one) => one.startsWith('{'))
        .join('\n'),
    );
    expect(line).toMatchObject({
      'log.level': 'warn',
      message: 'mind this',
      'event.action': 'own.word',
      'labels.n': 7,
      'labels.job': 'tells',
      'error.type': 'RangeError',
      'error.message': 'too far',
    });
    expect(await messages()).toEqual([{ destination: 'somebody@example.org' }]);
  });

  it('a part of a job that runs in the program itself and stands still is named in the log', async () => {
    const { startDue } = await world(harness, {
      heavy: {
        run: 'async () => ({})',
        nothingEvaluated: '() => { for (const end = Date.now() + 1500; Date.now() < end; ); return null; }',
      },
    });
    const [daemon] = await startDue(1);
    if (daemon === undefined) throw new Error('one was started');
    expect(await logged(daemon, 'daemon.stood_still')).toMatchObject({
      'log.level': 'warn',
      'labels.jobs': ['heavy'],
    });
  });

  it('Ctrl-C ends a run that does not listen; a second run by hand is refused meanwhile', async () => {
    const { database, run, start } = await world(harness, {
      stubborn: {
        run: `async ({ transaction, job, runId }) => transaction(async (trx) => {
          await sql\`insert into effect values (\${job}, \${runId}::uuid)\`.execute(trx);
          process.stdout.write('looping\\n');
          await new Promise((resolve) => setTimeout(resolve, 10));
          for (;;);
        })`,
      },
    });
    const program = start('run-job', 'stubborn', '--json');
    await until(
      () => runs(database),
      (found) => found.length === 1,
    );
    expect(await run('run-job', 'stubborn')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('already running'),
    });
    program.child.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 130 });
    expect((await runs(database)).map(({ status }) => status)).toEqual(['interrupted', 'skipped']);
    const { rows } = await sql`select from effect`.execute(database.db);
    expect(rows).toEqual([]);
  });

  it('a run that was taken for dead writes nothing more: the fence holds in the thread', async () => {
    const gate = newFile();
    const { database, start } = await world(harness, {
      late: {
        run: `async ({ transaction, job, runId }) => {
          while (!existsSync(${JSON.stringify(gate)}));
          ${leavesEffect}
          return {};
        }`,
      },
    });
    const program = start('run-job', 'late', '--json');
    await until(
      () => runs(database),
      (found) => found.length === 1,
    );
    await sql`
      update opsdeck_jobs.job_run set status = 'interrupted', finished_at = started_at, duration_ms = 0`.execute(
      database.db,
    );
    writeFileSync(gate, '');
    const { stdout } = await program.ended;
    expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', error: { code: 'run_lost' } });
    const { rows } = await sql`select from effect`.execute(database.db);
    expect(rows).toEqual([]);
  });

  it('a daemon that is killed in a synchronous loop leaves a run that is repeated once', async () => {
    const gate = newFile();
    const { database, startDue, run } = await world(harness, {
      again: {
        repeatable: 'true',
        run: `async ({ transaction, job, runId }) => {
          while (!existsSync(${JSON.stringify(gate)}));
          ${leavesEffect}
          return {};
        }`,
      },
    });
    const [daemon] = await startDue(1);
    await until(
      () => runs(database),
      (found) => found.length === 1,
    );
    daemon?.child.kill('SIGKILL');
    await daemon?.ended;
    await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '61 seconds'`.execute(
      database.db,
    );
    writeFileSync(gate, '');
    const both = await Promise.all([
      run('run-job', 'again', '--scheduled'),
      run('run-job', 'again', '--scheduled'),
    ]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    await run('run-job', 'again', '--scheduled');
    expect((await runs(database)).map(({ status }) => status)).toEqual(['interrupted', 'succeeded']);
    const { rows } = await sql`select from effect`.execute(database.db);
    expect(rows).toHaveLength(1);
  });

  it('threads have their connections from the eighteen of the process', async () => {
    const gate = newFile();
    const counts = Array.from({ length: 6 }, (_, index) => `counts-${index}`);
    const { database, startDue } = await world(
      harness,
      Object.fromEntries(
        counts.map((name) => [
          name,
          {
            run: `async ({ db, signal, transaction }) => transaction(async (trx) => {
              await sql\`select 1\`.execute(trx);
              while (!existsSync(${JSON.stringify(gate)}))
                await Promise.all([sql\`select pg_sleep(0.01)\`.execute(db), sql\`select 1\`.execute(db)]);
              return {};
            })`,
          },
        ]),
      ),
    );
    await startDue(1);
    const mine = async () => {
      const { rows } = await sql<{ threads: number; all: number }>`
        select count(*) filter (where application_name like 'opsdeck-jobs counts-%')::int as threads, count(*)::int as all
          from pg_stat_activity where datname = current_database() and application_name like 'opsdeck-jobs %'
           and application_name <> 'opsdeck-jobs tests'`.execute(database.db);
      return rows[0] ?? { threads: 0, all: 0 };
    };
    // Four have two each; the others wait for them.
    const { all } = await until(mine, ({ threads }) => threads === 8);
    expect(all).toBeLessThanOrEqual(18);
    expect((await runs(database)).filter(({ status }) => status === 'running')).toHaveLength(6);
    writeFileSync(gate, '');
    const found = await until(() => runs(database), ended(6));
    expect(found.map(({ status }) => status)).toEqual(counts.map(() => 'succeeded'));
    expect(existsSync(gate)).toBe(true);
  });
});
