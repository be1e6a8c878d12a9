import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';
import { logged, records } from '../support/program-log.ts';

function start(args: readonly string[], env: Readonly<Record<string, string>>): RunningProgram {
  const program = startProgram(args, { env, cwd: tmpdir() });
  onTestFinished(() => {
    program.child.kill('SIGKILL');
  });
  return program;
}

onEachDatabase((harness) => {
  describe('daemon', () => {
    it('runs until it is asked to stop, shows that it lives, and ends with 0', async () => {
      const config = await harness.config();
      const program = start(['daemon', '--listen', '127.0.0.1:0'], environmentFor(config));
      const pages = await logged(program, 'pages.listening');
      const health = await fetch(new URL('/health', String(pages['url.full'])));
      expect(await health.json()).toMatchObject({ database: 'connected', version: '0.1.0' });
      program.child.kill('SIGTERM');
      const { code, stdout, stderr } = await program.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const actions = records(stdout).map((record) => record['event.action']);
      expect(actions.slice(-2)).toEqual(['daemon.stopping', 'daemon.stopped']);
      await visit(config, async (database) => {
        const runners = await database.db.selectFrom('opsdeck_jobs.runner').select('id').execute();
        expect(runners).toEqual([]);
      });
    });
  });
});

onEachDatabase((harness) => {
  it('a command with another configuration leaves the schedules of a daemon alone, and names `migrate`', async () => {
    const config = await harness.config();
    const env = environmentFor(config);
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'opsdeck-jobs.json');
    writeFileSync(file, JSON.stringify({ jobs: { uar: { schedule: '* * * * *', enabled: false } } }));
    const program = start(['daemon', '--config', file], env);
    await logged(program, 'daemon.started');
    const elsewhere = await runProgram(['list', '--json'], { env, cwd: tmpdir() });
    expect(elsewhere.code).toBe(0);
    expect(elsewhere.stderr).toMatch(
      /differs for uar \(stored: .*every minute.*To store .*opsdeck-jobs migrate/is,
    );
    const listed: unknown = JSON.parse(elsewhere.stdout);
    expect(listed).toMatchObject({
      jobs: expect.arrayContaining([expect.objectContaining({ job: 'uar', schedule: '* * * * *' })]),
    });
    for (const args of [
      ['run-job', 'uar', '--scheduled'],
      ['enable', 'uar'],
      ['preview', 'uar'],
    ]) {
      expect((await runProgram(args, { env, cwd: tmpdir() })).stderr).toContain('The stored schedules apply');
    }
    const here = await runProgram(['list', '--config', file], { env, cwd: tmpdir() });
    expect(here).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/uar +\S+ +Every minute/),
    });
    program.child.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0 });
    expect((await runProgram(['migrate'], { env, cwd: tmpdir() })).stderr).toContain(
      "The schedule of uar was '* * * * *",
    );
    expect((await runProgram(['list'], { env, cwd: tmpdir() })).stderr).toBe('');
  });
});

onPostgres((harness) => {
  it('list shows who runs the schedules, and reports when that one disappears without a word', async () => {
    const config = await harness.config();
    const options = { env: environmentFor(config), cwd: tmpdir() };
    expect((await runProgram(['list'], options)).stdout).toContain('nothing runs the schedules');
    const program = start(['daemon', '--listen', '127.0.0.1:0'], options.env);
    const pages = await logged(program, 'pages.listening');
    // The pages are there before the first round.
    for (let ready = false; !ready; ) {
      const answer = await fetch(new URL('/ready', String(pages['url.full'])));
      ready = answer.ok;
    }
    expect((await runProgram(['list'], options)).stdout).toMatch(
      /Schedules: daemon \S+, ticked \d+ seconds? ago/,
    );
    program.child.kill('SIGKILL');
    await program.ended;
    await visit(config, async (database) => {
      await database.db
        .updateTable('opsdeck_jobs.runner')
        .set({ seen_at: new Date(Date.now() - 300_000) })
        .execute();
    });
    const check = await runProgram(['list', '--check'], options);
    expect(check).toMatchObject({ code: 4, stdout: expect.stringMatching(/last ticked [45] minutes ago/) });
    expect((await runProgram(['run-job', 'compliance-drift', '--scheduled'], options)).code).toBe(0);
    expect((await runProgram(['list'], options)).stdout).toMatch(/last --scheduled run \d+ seconds? ago on/);
  });

  it('what is wrong from the start ends it at once, with one sentence', async () => {
    const config = await harness.config();
    const env = environmentFor(config);
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    onTestFinished(() => void holder.close());
    const empty = environmentFor(await harness.config('empty'));
    const cases: readonly (readonly [readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
      [['--only', 'compliance-drifd'], env, /did you mean 'compliance-drift'/],
      [['--only', ' , '], env, /--only names no job/],
      [['--listen', 'everywhere'], env, /not an address to listen on/],
      [['--listen', '0.0.0.0:0'], env, /token/i],
      [['--listen', `127.0.0.1:${port}`], env, /in use|already/],
      [[], empty, /opsdeck-jobs migrate/],
    ];
    for (const [args, environment, words] of cases) {
      const ended = await runProgram(['daemon', ...args], { env: environment, cwd: tmpdir() });
      expect(ended, args.join(' ')).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
    }
  });

  it('waits for a database that is away at the start, reports it once, and can be stopped meanwhile', async () => {
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
      });
    });
    const url = `postgresql://nobody:secret-word@127.0.0.1:${free}/opsdeck`;
    const program = start(['daemon'], { DATABASE_URL: url });
    await logged(program, 'database.away');
    program.child.kill('SIGINT');
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(records(stdout).filter((one) => one['event.action'] === 'database.away')).toHaveLength(1);
    expect(stdout).not.toContain('secret-word');
  });
});

onEachDatabase((harness) => {
  it('SIGHUP opens the log file anew and reads the configuration again; an invalid one changes nothing', async () => {
    const config = await harness.config();
    const env = environmentFor(config);
    const folder = mkdtempSync(join(tmpdir(), 'reload-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'opsdeck-jobs.json');
    const log = join(folder, 'daemon.log');
    const schedules = (schedule: string, more: object = {}) =>
      writeFileSync(file, JSON.stringify({ jobs: { uar: { schedule } }, ...more }));
    const stored = async () => {
      const listed = await runProgram(['list', '--json', '--config', file], { env, cwd: tmpdir() });
      const { jobs } = z
        .object({ jobs: z.array(z.object({ job: z.string(), schedule: z.string() })) })
        .parse(JSON.parse(listed.stdout));
      return jobs.find(({ job }) => job === 'uar')?.schedule;
    };
    schedules('0 4 * * 1');
    const program = start(['daemon', '--config', file, '--log-file', log], env);
    await logged(program, 'daemon.started');
    renameSync(log, `${log}.1`);
    schedules('0 5 * * 2', { listen: '127.0.0.1:1' });
    program.child.kill('SIGHUP');
    expect(await logged(program, 'config.reloaded')).toMatchObject({
      message: expect.stringMatching(/but for the address of the pages: that changes at the next start$/),
    });
    expect(readFileSync(`${log}.1`, 'utf8')).not.toContain('config.reloaded');
    expect(await stored()).toBe('0 5 * * 2');
    schedules('never');
    program.child.kill('SIGHUP');
    expect(await logged(program, 'config.reload_failed')).toMatchObject({
      message: expect.stringMatching(/was not reloaded and stays as it was: .*uar/s),
    });
    schedules('0 5 * * 2');
    expect(await stored()).toBe('0 5 * * 2');
    program.child.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    const since = readFileSync(log, 'utf8');
    expect(since).toMatch(/config\.reloaded.*config\.reload_failed.*daemon\.stopped/s);
  });
});
