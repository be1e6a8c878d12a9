import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { jobs as ownJobs } from '../../jobs/index.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { jobsFolder, jobText, workingFolder } from '../support/job-files.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor, visit } from '../support/program-database.ts';

const ownNames = ownJobs.map(({ name }) => name);

/** A user's working folder: how the program is called there on a database. */
function program(cwd: string, config: DatabaseConfig) {
  return async (...args: readonly string[]) => {
    const { io, stdout, stderr } = memoryIo({ cwd, env: { HOME: cwd, ...environmentFor(config) } });
    const code = await runCommandLine(args, io);
    return { code, stdout: stdout(), stderr: stderr() };
  };
}

onEachDatabase((harness) => {
  it('a job of the user’s runs, with its settings, and is listed', async () => {
    const cwd = workingFolder({
      jobs_dirs: [jobsFolder({ 'own.mjs': jobText('people-count') })],
      jobs: { 'people-count': { settings: { greeting: 'hola' } } },
    });
    const run = program(cwd, await harness.config());
    const ran = await run('run-job', 'people-count', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'succeeded', result: { greeting: 'hola' } });
    expect(await run('list')).toMatchObject({ code: 0, stdout: expect.stringContaining('people-count') });
  });

  it('a broken file is shown by list and fails its check, and everything else goes on', async () => {
    const folder = jobsFolder({
      'own.mjs': jobText('people-count'),
      'broken.mjs': "throw new Error('no luck');",
    });
    const cwd = workingFolder({ jobs_dirs: [folder], jobs: { 'my-broken-job': { schedule: '@daily' } } });
    const file = join(folder, 'broken.mjs');
    const run = program(cwd, await harness.config());
    expect(await run('list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`\nNot loaded: ${file}: Error: no luck\n`),
    });
    const check = await run('list', '--check', '--json');
    expect(check.code).toBe(4);
    expect(JSON.parse(check.stdout)).toMatchObject({
      broken_jobs: [{ file, reason: 'Error: no luck' }],
    });
    expect((await run('list', '--check')).stdout).not.toContain('No problems');
    const ran = await run('run-job', 'people-count');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(`${file} was not loaded: Error: no luck`);
    const unknown = await run('run-job', 'my-broken-job', '--json');
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.stdout)).toMatchObject({
      error: { code: 'unknown_job', next: expect.stringContaining(`Not loaded: ${file}: Error: no luck.`) },
    });
    expect((await run('config', 'show')).stderr).toContain(`${file} was not loaded`);
  });

  it('a scheduled run of another job does not write to crontab’s mail about it', async () => {
    const cwd = workingFolder({ jobs_dirs: [jobsFolder({ 'broken.mjs': 'export default 1;' })] });
    const run = program(cwd, await harness.config());
    expect(await run('run-job', 'compliance-drift', '--scheduled')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('secrets in the error of a broken file are not shown', async () => {
    const folder = jobsFolder({
      'broken.mjs': "throw new Error('hunter2hunter2 at postgresql://u:pw@db/x');",
    });
    const cwd = workingFolder({ jobs_dirs: [folder] });
    const config = await harness.config();
    const { io, stdout } = memoryIo({
      cwd,
      env: { HOME: cwd, ...environmentFor(config), EMAIL_PASSWORD: 'hunter2hunter2' },
    });
    await runCommandLine(['list'], io);
    expect(stdout()).toContain('Error: [secret] at postgresql://u:[secret]@db/x');
  });

  it('a job may need tables of any schema; what is missing makes that job unavailable, not the others', async () => {
    const folder = jobsFolder({
      'own.mjs': jobText('invoice-check', {
        requires: "{ 'finance.Invoice 1': ['id'], user: ['id'] }",
        run: 'async () => ({})',
        present: '() => []',
      }),
    });
    const cwd = workingFolder({ jobs_dirs: [folder] });
    const config = await harness.config();
    const run = program(cwd, config);
    await run('migrate');
    expect(await run('run-job', 'invoice-check')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('missing table finance.Invoice 1'),
    });
    await visit(config, async ({ db }) => {
      await sql`create schema finance`.execute(db);
      await sql`create table finance."Invoice 1" (number integer)`.execute(db);
    });
    expect((await run('run-job', 'invoice-check')).stderr).toContain('missing column finance.Invoice 1.id');
    await visit(config, ({ db }) => sql`alter table finance."Invoice 1" add column id integer`.execute(db));
    expect(await run('run-job', 'invoice-check')).toMatchObject({ code: 0 });
  });
});

onPostgres((harness) => {
  it('every command knows a job of the user’s', async () => {
    const folder = jobsFolder({ 'own.mjs': jobText('people-count') });
    const cwd = workingFolder({
      jobs_dirs: [folder],
      jobs: { 'people-count': { schedule: 'every 2 hours', settings: { greeting: 'hola' } } },
    });
    const run = program(cwd, await harness.config());
    expect(await run('migrate')).toMatchObject({ code: 0 });
    const list = JSON.parse((await run('list', '--json')).stdout);
    expect(list.broken_jobs).toEqual([]);
    expect(list.jobs.map(({ job }: { job: string }) => job)).toEqual([...ownNames, 'people-count']);
    expect(list.jobs.at(-1)).toMatchObject({
      state: 'no_scheduler',
      schedule: 'every 2 hours',
      timezone: 'Europe/Madrid',
    });
    expect((await run('preview', 'people-count')).stdout).toContain('hola 0 people');
    const ran = await run('run-job', 'people-count', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      status: 'succeeded',
      result: { people: 0, greeting: 'hola' },
    });
    expect(await run('run-job', 'people-count', '--param', 'least=1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('too few people'),
    });
    expect(await run('run-job', 'people-count', '--param', 'lest=1')).toMatchObject({ code: 2 });
    const history = JSON.parse((await run('runs', 'list', 'people-count', '--json')).stdout);
    expect(history.runs.map(({ status }: { status: string }) => status)).toEqual(['failed', 'succeeded']);
    for (const decision of ['disable', 'enable', 'pause', 'resume'])
      expect(await run(decision, 'people-count')).toMatchObject({ code: 0 });
    expect((await run('config', 'show')).stdout).toMatch(/^jobs\.people-count\.settings\.greeting +hola /m);
    expect(JSON.parse((await run('config', 'schema')).stdout)).toMatchObject({
      properties: { jobs: { properties: { 'people-count': { description: 'Counts the people' } } } },
    });
  });

  it('config schema helps also where the file that names the folders cannot be trusted', async () => {
    const cwd = workingFolder({ jobs_dirs: [jobsFolder({ 'own.mjs': jobText('people-count') })] });
    chmodSync(join(cwd, 'opsdeck-jobs.json'), 0o666);
    const run = program(cwd, await harness.config());
    expect(await run('list')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is refused: others than its owner may write it'),
    });
    const schema = await run('config', 'schema');
    expect(schema).toMatchObject({ code: 0, stderr: expect.stringContaining('jobs_dirs cannot be used') });
    expect(Object.keys(JSON.parse(schema.stdout).properties.jobs.properties)).toEqual(ownNames);
  });
});
