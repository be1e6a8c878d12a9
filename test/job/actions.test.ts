import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { list } from '../../src/cli/actions/list.ts';
import { pause } from '../../src/cli/actions/pause.ts';
import { preview } from '../../src/cli/actions/preview.ts';
import { type RunJobOptions, runJob } from '../../src/cli/actions/run-job.ts';
import { runsList } from '../../src/cli/actions/runs-list.ts';
import { runsShow } from '../../src/cli/actions/runs-show.ts';
import { switchJob } from '../../src/cli/actions/switch-job.ts';
import type { Io } from '../../src/cli/io.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import type { ExitCode } from '../../src/errors/exit-code.ts';
import { onEmbedded, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';

interface Told {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

function environmentOf(where: DatabaseConfig): Io['env'] {
  const place =
    where.kind === 'postgres' ? { DATABASE_URL: where.url } : { OPSDECK_JOBS_DATA_DIR: where.dataDir };
  return { ...place, TIMEZONE: 'Europe/Madrid' };
}

/** Runs a command's action with an outside world in memory. */
async function tell(where: DatabaseConfig, action: (io: Io) => Promise<ExitCode>): Promise<Told> {
  const memory = memoryIo({ env: environmentOf(where) });
  const exitCode = await action(memory.io);
  return { exitCode, stdout: memory.stdout(), stderr: memory.stderr() };
}

async function withDatabase<T>(
  where: DatabaseConfig,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(where, {
    applicationName: 'opsdeck-jobs tests',
    waitMs: 0,
    storedTimezone: undefined,
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const change = (where: DatabaseConfig, statement: string) =>
  withDatabase(where, async ({ db }) => {
    await sql.raw(statement).execute(db);
  });

const json = (told: Told): unknown => JSON.parse(told.stdout);
const job = 'compliance-drift';
const run = (where: DatabaseConfig, options: RunJobOptions) =>
  tell(where, (io) => runJob(io, {}, job, options));

const runDocument = z.strictObject({
  schema: z.literal(1),
  job: z.literal(job),
  run_id: z.uuid(),
  status: z.enum(['succeeded', 'failed', 'skipped', 'timed_out', 'interrupted']),
  trigger: z.enum(['manual', 'timer']),
  dry_run: z.literal(true).optional(),
  database: z.string(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  duration_ms: z.number().int().nonnegative(),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});

onPostgres((harness) => {
  describe('run-job', () => {
    it('--json prints one document of the promised shape, for a success, a failure and a refusal', async () => {
      const where = await harness.config();
      const empty = await run(where, { json: true });
      expect(empty.exitCode).toBe(1);
      expect(runDocument.parse(json(empty))).toMatchObject({
        status: 'failed',
        error: { code: 'nothing_to_evaluate' },
      });
      expect(empty.stderr).toContain('Next: ');
      const allowed = await run(where, { json: true, allowEmpty: true });
      expect(allowed.exitCode).toBe(0);
      expect(runDocument.parse(json(allowed))).toMatchObject({ status: 'succeeded' });
      expect(runDocument.parse(json(allowed)).error).toBeUndefined();
      const dry = await run(where, { json: true, allowEmpty: true, dryRun: true });
      const shown = z.looseObject({}).parse(json(dry));
      const { messages, interrupted_runs: interrupted, rows, beside_opsdeck: beside, ...dryRun } = shown;
      expect([rows, beside]).toEqual([[], null]);
      expect([messages, interrupted]).toEqual([[], []]);
      expect(runDocument.parse(dryRun)).toMatchObject({ status: 'succeeded', dry_run: true });
      await tell(where, (io) => pause(io, {}, [job], {}));
      const refused = await run(where, { json: true });
      expect(refused.exitCode).toBe(3);
      expect(runDocument.parse(json(refused))).toMatchObject({
        status: 'skipped',
        result: null,
        error: { code: 'paused' },
      });
      expect((await run(where, { allowEmpty: true, ignorePause: true })).exitCode).toBe(0);
    });

    it('--dry-run prints what preview prints, and exits as it does', async () => {
      const where = await harness.config();
      const measured = /in \S+ \(|"(?:run_id|started_at|finished_at)":"[^"]+"|"duration_ms":\d+/g;
      const plain = ({ exitCode, stdout, stderr }: Told) => [exitCode, stdout.replace(measured, ''), stderr];
      for (const as of [{ json: true }, {}]) {
        const dryRun = await run(where, { ...as, dryRun: true });
        expect(dryRun.exitCode).toBe(1);
        expect(dryRun.stderr).toContain('[nothing_to_evaluate]');
        expect(plain(await tell(where, (io) => preview(io, {}, [job], as)))).toEqual(plain(dryRun));
      }
    });

    it('prints what it found and a summary for people; stderr names which database', async () => {
      const where = await harness.config();
      const told = await run(where, { allowEmpty: true });
      expect(told.stdout).toMatch(/compliance-drift succeeded in \S+ \(run [0-9a-f-]{36}\)\n$/);
      expect(told.stderr).toMatch(/^Using (PostgreSQL|embedded database)/);
      const quiet = await run(where, { allowEmpty: true, quiet: true });
      expect([quiet.stdout, quiet.stderr]).toEqual(['', '']);
    });

    it('--scheduled is silent and exits 0 when nothing is due; a failure of a due run is reported', async () => {
      const where = await harness.config();
      await tell(where, (io) => list(io, {}, {}));
      expect(await run(where, { scheduled: true })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      await change(where, `update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '8 days'`);
      const failed = await run(where, { scheduled: true });
      expect(failed.exitCode).toBe(1);
      expect(failed.stderr).toContain('opsdeck-jobs: ');
      expect(failed.stderr).not.toContain('Using ');
      await change(
        where,
        `update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '30 days', enabled = false`,
      );
      expect(await run(where, { scheduled: true, json: true })).toEqual({
        exitCode: 0,
        stdout: '',
        stderr: '',
      });
    });

    it('--fail-on without anything to compare with exits 4 no_baseline, unless that is allowed', async () => {
      const where = await harness.config();
      await withDatabase(where, async ({ db }) => {
        await sql
          .raw(`
          insert into framework (id, name, is_active, is_custom) values (1, 'Baseline', true, true)`)
          .execute(db);
        await sql
          .raw(`
          insert into framework_control (id, framework_id, control_id, name, is_applicable)
          values (1, 1, 'A-1', 'First', true)`)
          .execute(db);
      });
      const first = await run(where, { json: true, failOn: 'high' });
      expect(first.exitCode).toBe(4);
      expect(runDocument.parse(json(first))).toMatchObject({
        status: 'succeeded',
        error: { code: 'no_baseline' },
      });
      expect((await run(where, { failOn: 'high' })).exitCode).toBe(0);
      expect((await run(where, { failOnStatus: 'uncovered' })).exitCode).toBe(4);
      expect((await run(where, { failOnStatus: 'non_compliant' })).exitCode).toBe(0);
      await expect(run(where, { failOnStatus: 'noncompliant' })).rejects.toMatchObject({ exitCode: 2 });
    });
  });

  describe('list, runs and preview', () => {
    it('list shows how every job is, and --check exits 4 with only the problems', async () => {
      const where = await harness.config();
      const fresh = await tell(where, (io) => list(io, {}, { next: '2' }));
      expect(fresh.exitCode).toBe(0);
      expect(fresh.stdout).toContain('nothing runs the schedules');
      expect(fresh.stdout).toMatch(/^compliance-drift +no scheduler +Mondays at 09:00 +- /m);
      // The header names the zone.
      expect(fresh.stdout).toMatch(/^Zone: Europe\/Madrid, now \w{3} \d+ \w{3} \d{4} \d\d:\d\d$/m);
      expect(fresh.stdout).toMatch(/Next of compliance-drift\n+Mon \d+ \w+ \d+ 09:00/i);
      expect(fresh.stdout).toContain('never');
      const unscheduled = await tell(where, (io) => list(io, {}, { check: true, json: true }));
      expect(unscheduled.exitCode).toBe(4);
      expect(json(unscheduled)).toMatchObject({
        jobs: expect.arrayContaining([expect.objectContaining({ job, state: 'no_scheduler', next: [] })]),
      });
      // In the future: it does not fall silent while the test runs.
      await change(
        where,
        `insert into opsdeck_jobs.runner (id, kind, host, pid, program_version, seen_at)
         values ('daemon:1', 'daemon', 'ops1', 7, '0', now() + interval '1 day')`,
      );
      const healthy = await tell(where, (io) => list(io, {}, { check: true }));
      expect(healthy).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('No problem with any job.'),
      });
      await run(where, {});
      const narrow = await tell(where, (io) => list({ ...io, columns: 80 }, {}, { check: true }));
      const lines = narrow.stdout.split('\n').slice(-4);
      expect(lines[0]).toBe('JOB               STATE       SCHEDULE          NEXT');
      expect(lines[1]).toMatch(/^compliance-drift {2}failing ×1 {2}Mondays at 09:00 {2}Mon \d+ \w+ 09:00$/);
      expect(lines[2]).toMatch(/^ {2}failed in \d+ms, manual, \d+ seconds? ago; last success: never$/);
      const failing = await tell(where, (io) => list(io, {}, { check: true, json: true }));
      expect(failing.exitCode).toBe(4);
      expect(json(failing)).toMatchObject({
        schema: 1,
        mode: 'standalone',
        timezone: 'Europe/Madrid',
        scheduler: {
          words: expect.stringContaining('daemon ops1'),
          problem: false,
          configuration_differences: [],
        },
        jobs: [
          {
            job,
            state: 'failing',
            problem: true,
            enabled: true,
            paused: null,
            missing: null,
            failures_in_a_row: 1,
            last_success_at: null,
            last_run: { status: 'failed', trigger: 'manual', error_code: 'nothing_to_evaluate' },
          },
        ],
      });
    });

    it('a job whose table is missing is unavailable, and named', async () => {
      const where = await harness.config();
      await change(where, 'drop table compliance_audit cascade');
      const told = await tell(where, (io) => list(io, {}, { check: true, json: true }));
      expect(told.exitCode).toBe(4);
      expect(json(told)).toMatchObject({
        jobs: expect.arrayContaining([
          expect.objectContaining({ state: 'unavailable', missing: 'missing table compliance_audit' }),
        ]),
      });
      // Not on the network either.
      await change(where, 'drop table exchange_rate');
      // An empty database is no failure; each job is named with what it lacks.
      const nothing = await tell(where, (io) => preview(io, {}, [], { offline: true }));
      expect(nothing.exitCode).toBe(0);
      expect(nothing.stdout).toContain(
        'credential-expiry has nothing to look at: There is no active credential: add credentials',
      );
      expect(nothing.stderr).toMatch(/^Using .*\n$/);
      await change(where, `insert into license (name, is_archived) values ('A licence', false)`);
      const previewed = await tell(where, (io) => preview(io, {}, [], {}));
      expect(previewed.exitCode).toBe(0);
      expect(previewed.stdout).toContain(
        'certificate-expiry has nothing to look at: There is no active certificate',
      );
      expect((await tell(where, (io) => preview(io, {}, ['certificate-expiry'], {}))).exitCode).toBe(1);
      expect(previewed.stdout).toContain('compliance-drift is unavailable: missing table compliance_audit');
      await expect(tell(where, (io) => preview(io, {}, [job], {}))).rejects.toMatchObject({
        code: 'job_unavailable',
        exitCode: 3,
      });
    });

    it('runs list shows runs and refusals, runs show one run by the beginning of its id', async () => {
      const where = await harness.config();
      expect((await tell(where, (io) => runsList(io, {}, undefined, {}))).stdout).toContain(
        'Nothing has run yet',
      );
      await run(where, { allowEmpty: true });
      await tell(where, (io) => pause(io, {}, [job], {}));
      await run(where, {});
      const all = await tell(where, (io) => runsList(io, {}, job, { json: true }));
      const { runs } = z.object({ runs: z.array(z.looseObject({ run_id: z.string() })) }).parse(json(all));
      expect(runs).toMatchObject([
        { status: 'skipped', reason: 'paused', error: { code: 'paused' } },
        { status: 'succeeded', reason: null, trigger: 'manual' },
      ]);
      const id = runs[1]?.run_id ?? '';
      const one = await tell(where, (io) => runsShow(io, {}, id.slice(0, 8), {}));
      expect(one.stdout).toContain(`Run: ${id}`);
      expect(one.stdout).toContain('Result');
      expect((await tell(where, (io) => runsShow(io, {}, id.toUpperCase(), {}))).stdout).toContain(
        `Run: ${id}`,
      );
      expect((await tell(where, (io) => runsShow(io, {}, id.slice(0, 16), {}))).stdout).toContain(
        `Run: ${id}`,
      );
      // The last begins no id: there is no dash at that place.
      for (const unknown of ['ffffffff', `${id.slice(0, 35)}-`, `${id.slice(0, 5)}-`]) {
        await expect(tell(where, (io) => runsShow(io, {}, unknown, {}))).rejects.toMatchObject({
          code: 'unknown_run',
          exitCode: 2,
        });
      }
    });
  });

  it('enable, disable, pause and resume report what they did, and the second time that nothing was to do', async () => {
    const where = await harness.config('attached');
    const said = async (action: (io: Io) => Promise<ExitCode>) => (await tell(where, action)).stdout;
    const as = 'ana@example.org';
    expect(await said((io) => switchJob(io, {}, 'enable', [job], { as }))).toContain(
      'is enabled; its schedule counts from now',
    );
    expect(await said((io) => switchJob(io, {}, 'enable', [job], { as }))).toContain('enabled already');
    expect(await said((io) => pause(io, {}, [job], { as, until: '2099-07-01', reason: 'summer' }))).toContain(
      'is paused until Thu 2 Jul 2099 00:00, Europe/Madrid',
    );
    expect(await said((io) => pause(io, {}, [job], { as, until: '2099-07-01', reason: 'summer' }))).toContain(
      'paused already',
    );
    expect(await said((io) => switchJob(io, {}, 'resume', [job], {}))).toContain('no longer paused');
    expect(await said((io) => switchJob(io, {}, 'disable', [job], {}))).toContain('is disabled');
    await expect(
      tell(where, (io) => switchJob(io, {}, 'disable', [job], { as: 'nobody' })),
    ).rejects.toMatchObject({
      code: 'invalid_actor',
      exitCode: 2,
    });
  });

  it('enable and disable take several names or --all, and a misspelt name changes nothing', async () => {
    const where = await harness.config('attached');
    const said = async (action: (io: Io) => Promise<ExitCode>) => (await tell(where, action)).stdout;
    expect(await said((io) => switchJob(io, {}, 'enable', ['uar', job, 'uar'], {}))).toMatch(
      /^uar is enabled.*\ncompliance-drift is enabled.*\n$/,
    );
    await expect(tell(where, (io) => switchJob(io, {}, 'disable', [job, 'urr'], {}))).rejects.toMatchObject({
      code: 'unknown_job',
      exitCode: 2,
    });
    const all = await said((io) => switchJob(io, {}, 'disable', [], { all: true }));
    expect(all.split('\n').filter((line) => line.includes('is disabled: '))).toHaveLength(2);
    expect(all.split('\n').filter((line) => line.includes('is disabled already'))).toHaveLength(9);
    await expect(tell(where, (io) => switchJob(io, {}, 'enable', [], {}))).rejects.toMatchObject({
      code: 'no_jobs',
      exitCode: 2,
    });
    await expect(
      tell(where, (io) => switchJob(io, {}, 'enable', [job], { all: true })),
    ).rejects.toMatchObject({ code: 'conflicting_options', exitCode: 2 });
  });
});

it.each([
  ['an unknown job', (io: Io) => runJob(io, {}, 'nosuch', {}), 'unknown_job'],
  ['an unknown parameter', (io: Io) => runJob(io, {}, job, { param: ['framwork=1'] }), 'invalid_params'],
  ['a bad time limit', (io: Io) => runJob(io, {}, job, { timeout: 'soon' }), 'invalid_duration'],
  ['no time at all', (io: Io) => runJob(io, {}, job, { timeout: '0s' }), 'invalid_duration'],
  ['a bad waiting time', (io: Io) => runJob(io, {}, job, { wait: '5' }), 'invalid_duration'],
  [
    'a schedule with parameters',
    (io: Io) => runJob(io, {}, job, { scheduled: true, param: ['framework=1'] }),
    'conflicting_options',
  ],
  ['a bad number', (io: Io) => list(io, {}, { next: 'many' }), 'invalid_number'],
  ['an unknown job to preview', (io: Io) => preview(io, {}, ['nosuch'], {}), 'unknown_job'],
])('%s is refused before anything is opened', async (_, action, code) => {
  const memory = memoryIo({ env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } });
  await expect(action(memory.io)).rejects.toMatchObject({ code, exitCode: 2 });
  expect(memory.stdout()).toBe('');
});

onEmbedded((harness) => {
  // Each command opens the folder anew, which takes its time: one test walks through them.
  it('the same commands on the embedded database', async () => {
    const where = await harness.config();
    const empty = await run(where, { json: true });
    expect(empty.exitCode).toBe(1);
    const { run_id: id } = runDocument.parse(json(empty));
    const failing = await tell(where, (io) => list(io, {}, { check: true, json: true }));
    expect(failing.exitCode).toBe(4);
    expect(json(failing)).toMatchObject({
      jobs: expect.arrayContaining([
        expect.objectContaining({ state: 'failing', last_run: expect.objectContaining({ run_id: id }) }),
      ]),
    });
    const one = await tell(where, (io) => runsShow(io, {}, id.slice(0, 8), { json: true }));
    expect(json(one)).toMatchObject({ run_id: id, status: 'failed', error: { code: 'nothing_to_evaluate' } });
  });
});
