import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { ownOffer } from '../../src/db/embedded/command-server.ts';
import { version } from '../../src/service/version.ts';
import { type DatabaseHarness, onEmbedded } from '../support/databases.ts';
import { jobsFolder, jobText, workingFolder } from '../support/job-files.ts';
import { endedRun, offerFor, runningRun, speakTo, terminalOn } from '../support/served-database.ts';

const plain = { params: 'z.strictObject({})', requires: '{}', present: '() => []' };

/** Jobs that do what the tests need, in files as a user has them. */
function testJobs(): string {
  return jobsFolder({
    'waiting.mjs': jobText('waiting', {
      ...plain,
      run: `({ signal }) => new Promise((_, reject) => {
        const alive = setInterval(() => undefined, 1000);
        signal.addEventListener('abort', () => { clearInterval(alive); reject(signal.reason); });
      })`,
    }),
    'endless.mjs': jobText('endless', {
      ...plain,
      run: 'async ({ db }) => { await sql`select count(*) from generate_series(1, 1000000000000)`.execute(db); return {}; }',
    }),
    'failing.mjs': jobText('failing', { ...plain, run: "async () => { throw new Error('no luck'); }" }),
    'talking.mjs': jobText('talking', {
      ...plain,
      run: 'async () => ({})',
      present:
        "() => Array.from({ length: 60_000 }, (_, n) => ({ kind: 'line', text: n + ' ñandú '.repeat(12) }))",
    }),
    'regressing.mjs': jobText('regressing', {
      ...plain,
      run: 'async () => ({})',
      judge: '() => ({ baseline: false, levels: { critical: 1, high: 0, medium: 0 }, statuses: {} })',
    }),
  });
}

async function setup(harness: DatabaseHarness) {
  const database = await harness.fresh();
  const offer = offerFor(database);
  const cwd = workingFolder({ jobs_dirs: [testJobs()] });
  const config = harness.configOf(database);
  if (config.kind !== 'embedded') throw new Error('an embedded database was expected');
  return { database, offer, cwd, dataDir: config.dataDir, ...terminalOn(config, cwd) };
}

/** The text of a piece of output. */
function decoded(frame: unknown): string {
  return Buffer.from(String(Reflect.get(Object(frame), 'data')), 'base64').toString();
}

function label(database: OpenDatabase): string {
  return database.label;
}

onEmbedded((harness) => {
  describe('a command on a folder that another process owns, and offers,', () => {
    it('is run there, with the streams and the exit code that it would have here', async () => {
      const { run, offer, database } = await setup(harness);
      expect(await run(['list'])).toMatchObject({ code: 0, stderr: '' });
      expect(await run(['run-job', 'talking', '--dry-run'])).toMatchObject({ code: 0 });
      const json = await run(['run-job', 'waiting', '--timeout', '10ms', '--json']);
      expect(json.code).toBe(5);
      expect(JSON.parse(json.stdout)).toMatchObject({
        schema: 1,
        status: 'timed_out',
        database: label(database),
      });
      expect(json.stderr).toContain(`Using ${label(database)}\n`);
      expect(await run(['run-job', 'failing'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('opsdeck-jobs: Unexpected error: no luck [unexpected_error]\n'),
      });
      expect(await run(['runs', 'show', 'nonsense'])).toMatchObject({ code: 2 });
      expect(await run(['pause', 'failing', '--reason', 'audit'])).toMatchObject({
        code: 0,
        stdout: 'failing is paused until `resume failing`.\n',
      });
      expect(await run(['run-job', 'failing'])).toMatchObject({ code: 3 });
      expect(await run(['resume', 'failing'])).toMatchObject({ code: 0 });
      expect(await run(['run-job', 'regressing', '--fail-on', 'high'])).toMatchObject({ code: 4 });
      expect(await run(['list', '--check'])).toMatchObject({ code: 4 });
      expect(await run(['preview', 'talking'])).toMatchObject({ code: 0 });
      expect(await run(['enable', 'talking'])).toMatchObject({ code: 0 });
      expect(await run(['disable', 'talking'])).toMatchObject({ code: 0 });
      expect(await run(['report', 'drift'])).toMatchObject({ code: 0 });
      expect(await run(['verify', 'drift', '--json'])).toMatchObject({ code: 0 });
      expect(new Set(offer.served)).toEqual(
        new Set([
          'list',
          'run-job',
          'runs',
          'pause',
          'resume',
          'preview',
          'enable',
          'disable',
          'report',
          'verify',
        ]),
      );
      const history = JSON.parse((await run(['runs', 'list', '--json'])).stdout);
      expect(history.runs.map(({ job, status }: Record<string, string>) => [job, status])).toEqual([
        ['regressing', 'succeeded'],
        ['failing', 'skipped'],
        ['failing', 'failed'],
        ['waiting', 'timed_out'],
      ]);
    });

    it('what is wrong with the command line or the configuration is reported here, before anybody is asked', async () => {
      const { run, offer } = await setup(harness);
      expect(await run(['run-job', 'nosuch'])).toMatchObject({ code: 2 });
      expect(await run(['run-job', 'failing', '--param', 'x=1'])).toMatchObject({ code: 2 });
      expect(await run(['list', '--nosuch'])).toMatchObject({ code: 2 });
      expect(await run(['config', 'show'])).toMatchObject({ code: 0 });
      expect(offer.served).toEqual([]);
    });

    it('goes by the configuration of the one who typed it, in their working folder', async () => {
      const { database, dataDir } = await setup(harness);
      const cwd = workingFolder({
        timezone: 'Asia/Tokyo',
        jobs: { 'compliance-drift': { schedule: '@hourly' } },
      });
      const { run } = terminalOn({ kind: 'embedded', dataDir }, cwd);
      const env = { HOME: cwd, OPSDECK_JOBS_DATA_DIR: dataDir };
      const list = JSON.parse((await run(['list', '--json'], { env })).stdout);
      expect(list).toMatchObject({
        timezone: 'Asia/Tokyo',
        database: label(database),
        jobs: expect.arrayContaining([
          expect.objectContaining({ job: 'compliance-drift', schedule: '@hourly' }),
        ]),
      });
      expect(await run(['report', 'drift', '--format', 'md', '--output', 'drift.md'], { env })).toMatchObject(
        { code: 0 },
      );
      await expect(rm(join(cwd, 'drift.md'))).resolves.toBeUndefined();
      expect(await run(['--log-file', 'jobs.log', 'list'], { env })).toMatchObject({ code: 0 });
      await expect(rm(join(cwd, 'jobs.log'))).resolves.toBeUndefined();
    });

    it('is recorded in the name of the one who typed it', async () => {
      const { run, database } = await setup(harness);
      await run(['pause', 'failing'], { userName: () => 'ana' });
      const { actor } = await database.db
        .selectFrom('opsdeck_jobs.action_log')
        .select('actor')
        .executeTakeFirstOrThrow();
      expect(actor).toMatch(/^os:ana@/);
    });

    it('is run at once also with --wait', async () => {
      const { run } = await setup(harness);
      const controller = new AbortController();
      const waited = run(['run-job', 'regressing', '--wait', '10m'], { stop: controller.signal });
      expect(await waited).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Waiting') });
    });

    it('prints megabytes whole, as fast as its reader takes them', async () => {
      const { run } = await setup(harness);
      const sizes: number[] = [];
      const pieces: Buffer[] = [];
      // Takes one piece a turn of the event loop, and says each time that it wants no more for now.
      const slow = new Writable({
        highWaterMark: 1,
        write: (chunk: Buffer, _encoding, done) => {
          sizes.push(slow.writableLength);
          pieces.push(chunk);
          void nextTurn().then(() => done());
        },
      });
      expect(await run(['run-job', 'talking', '--quiet'], { stdout: slow })).toMatchObject({ code: 0 });
      expect(pieces).toEqual([]);
      expect(await run(['run-job', 'talking'], { stdout: slow })).toMatchObject({ code: 0 });
      await new Promise<void>((resolve) => slow.end(resolve));
      const text = Buffer.concat(pieces).toString('utf8');
      expect(text).toContain('0 ñandú');
      expect(text).toContain('59999 ñandú');
      expect(text).not.toContain('\ufffd');
      expect(text.length).toBeGreaterThan(4_000_000);
      // A few pieces at once were in memory here, and never all.
      expect(Math.max(...sizes)).toBeLessThan(1024 * 1024);
    });

    it('whose reader has gone (| head) is finished and recorded', async () => {
      const { run, database } = await setup(harness);
      const gone = new Writable({ write: (_chunk, _encoding, done) => done() });
      gone.destroy();
      expect(await run(['run-job', 'talking'], { stdout: gone })).toMatchObject({ code: 0 });
      const run1 = await database.db.selectFrom('opsdeck_jobs.job_run').select('status').executeTakeFirst();
      expect(run1).toEqual({ status: 'succeeded' });
    });
  });

  describe('Ctrl-C and SIGTERM', () => {
    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('%s at the terminal stops the run there, with exit code %i', async (signal, code) => {
      const { run, database } = await setup(harness);
      const controller = new AbortController();
      const ended = run(['run-job', 'waiting', '--json'], { stop: controller.signal });
      const id = await runningRun(database, 'waiting');
      controller.abort(signal);
      const { code: exit, stdout } = await ended;
      expect(exit).toBe(code);
      expect(JSON.parse(stdout)).toMatchObject({
        run_id: id,
        status: 'interrupted',
        error: { message: `The run was interrupted by ${signal}.` },
      });
    });

    it('end a statement of the command that takes too long; those who wait for the connection get it', async () => {
      const { run, database } = await setup(harness);
      const controller = new AbortController();
      const ended = run(['run-job', 'endless'], { stop: controller.signal });
      const id = await runningRun(database, 'endless');
      const waiting = sql<{ one: number }>`select 1 as one`.execute(database.db);
      controller.abort('SIGINT');
      expect(await ended).toMatchObject({ code: 130 });
      expect((await waiting).rows).toEqual([{ one: 1 }]);
      expect(await endedRun(database, id)).toBe('interrupted');
    });

    it('end a command that only waits for the connection, and nothing of whoever has it', async () => {
      const { run, database } = await setup(harness);
      const controller = new AbortController();
      const trx = await database.db.startTransaction().execute();
      await trx.insertInto('tag').values({ name: 'kept', is_archived: false }).execute();
      let say = (): void => undefined;
      const said = new Promise<void>((resolve) => {
        say = resolve;
      });
      const stderr = new Writable({
        write: (_chunk, _encoding, done) => {
          say();
          done();
        },
      });
      const ended = run(['runs', 'list'], { stop: controller.signal, stderr });
      // It has said which database it uses, and is at its first statement.
      await said;
      controller.abort('SIGINT');
      expect(await ended).toMatchObject({ code: 130 });
      await trx.commit().execute();
      expect(await database.db.selectFrom('tag').select('name').execute()).toEqual([{ name: 'kept' }]);
    });
  });

  it('two terminals at once wait for each other, and both are served', async () => {
    const { run, database } = await setup(harness);
    const controller = new AbortController();
    const long = run(['run-job', 'waiting'], { stop: controller.signal });
    await runningRun(database, 'waiting');
    const lists = await Promise.all([
      run(['list', '--json']),
      run(['list', '--json']),
      run(['run-job', 'waiting']),
    ]);
    expect(lists.map(({ code }) => code)).toEqual([0, 0, 3]);
    expect(JSON.parse(lists[0]?.stdout ?? '').jobs).toEqual(
      expect.arrayContaining([expect.objectContaining({ job: 'waiting', state: 'running' })]),
    );
    controller.abort('SIGTERM');
    expect(await long).toMatchObject({ code: 143 });
  });

  it.each([[['migrate']], [['daemon']]])(
    '%j is refused with a sentence that names the owner and its version',
    async (args) => {
      const { run, offer } = await setup(harness);
      const refused = await run(args);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toContain(
        `is in use by process ${process.pid} (opsdeck-jobs tests, version ${version}, since `,
      );
      expect(offer.served).toEqual([]);
    },
  );

  it('a refused daemon writes no stack trace into its log: the program did not fail', async () => {
    const { run } = await setup(harness);
    const refused = await run(['daemon']);
    expect(JSON.parse(refused.stdout)).toMatchObject({ 'event.action': 'daemon.failed' });
    expect(refused.stdout).not.toMatch(/stack_trace|\n +at /);
  });

  it('a misspelt variable of .env is named once, whatever the command, and not in what a timer prints', async () => {
    const { run, cwd } = await setup(harness);
    await writeFile(join(cwd, '.env'), 'SMTP_PROT=25\n');
    const named = async (...args: readonly string[]) =>
      (await run(args)).stderr.split('did you mean SMTP_PORT?').length - 1;
    for (const command of ['list', 'list --check', 'status', 'metrics', 'runs list', 'preview talking'])
      expect([command, await named(...command.split(' '))]).toEqual([command, 1]);
    expect(await named('run-job', 'talking')).toBe(1);
    expect(await named('run-job', 'talking', '--quiet')).toBe(0);
    expect(await named('run-job', 'talking', '--scheduled')).toBe(0);
  });

  it('import is run there, from the path as it is seen here', async () => {
    const { run, cwd, offer, database } = await setup(harness);
    await writeFile(join(cwd, 'users.csv'), 'email,name,role\na@example.org,A,user\n');
    expect(await run(['import', 'users', 'users.csv'])).toMatchObject({
      code: 0,
      stdout: 'users.csv: 1 row of users: 1 added, 0 changed, 0 unchanged.\n',
    });
    expect(offer.served).toEqual(['import']);
    expect(await database.db.selectFrom('user').select('email').execute()).toEqual([
      { email: 'a@example.org' },
    ]);
  });

  it('import of a pipe is not sent: only this process could read it', async () => {
    const { run, cwd, offer } = await setup(harness);
    const pipe = join(cwd, 'users.csv');
    execFileSync('mkfifo', [pipe]);
    const writing = writeFile(pipe, 'email,name,role\na@example.org,A,user\n');
    expect(await run(['import', 'users', 'users.csv'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is in use by process'),
    });
    await writing;
    expect(offer.served).toEqual([]);
  });

  it('an owner that is asked to stop takes no more, and ends what runs as by SIGTERM', async () => {
    const { run, database, offer } = await setup(harness);
    const running = run(['run-job', 'waiting']);
    const id = await runningRun(database, 'waiting');
    await offer.end(50);
    expect(await running).toMatchObject({
      code: 143,
      stderr: expect.stringContaining('The run was interrupted by SIGTERM.'),
    });
    expect(await endedRun(database, id)).toBe('interrupted');
    expect(await run(['list'])).toMatchObject({ code: 3, stderr: expect.stringContaining('is in use by') });
  });

  it('an owner that leaves before it took the command leaves the folder to the client', async () => {
    const database = await harness.fresh();
    const config = harness.configOf(database);
    if (config.kind !== 'embedded') throw new Error('an embedded database was expected');
    await database.close();
    const socket = join(config.dataDir, 'owner-00000000-0000-0000-0000-000000000000.sock');
    const self = { pid: 1, command: 'leaving', startedAt: '2026-01-01T00:00:00Z' };
    const server = createServer((client) =>
      client.on('data', (line) => {
        if (String(line).includes('hello'))
          client.write(`${JSON.stringify({ owner: self, commands: ownOffer })}\n`);
        else {
          server.close();
          client.destroy();
        }
      }),
    );
    server.listen(socket);
    await once(server, 'listening');
    await writeFile(
      join(config.dataDir, 'claim-999.json'),
      JSON.stringify({ ...self, socket: 'owner-00000000-0000-0000-0000-000000000000.sock' }),
    );
    const { run } = terminalOn(config, workingFolder({}));
    expect(await run(['list'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Zone: Europe/Madrid'),
    });
    expect(server.listening).toBe(false);
  });

  describe('the socket', () => {
    const request = (changes: Readonly<Record<string, unknown>>, args: readonly string[], env = {}) =>
      JSON.stringify({
        request: 'run',
        ...ownOffer,
        command: {
          args,
          cwd: '/',
          env,
          userName: 'tester',
          columns: null,
          color: false,
          stdoutIsTerminal: false,
          stderrIsTerminal: false,
        },
        ...changes,
      });

    it.each([
      ['hello?'],
      ['{}'],
      ['{"request":"run"}'],
      [request({ command: { args: ['list'] } }, [])],
      [''],
    ])('answers %j with an error and ends', async (line) => {
      const { dataDir, offer } = await setup(harness);
      const { say, hear } = await speakTo(dataDir);
      say(line);
      expect(await hear()).toEqual({ error: 'unknown request' });
      expect(await hear()).toBeNull();
      expect(offer.served).toEqual([]);
    });

    it.each([[{ version: '9.9.9' }], [{ protocol: 2 }]])('refuses another program: %j', async (changes) => {
      const { dataDir, offer } = await setup(harness);
      const { say, hear } = await speakTo(dataDir);
      say(request(changes, ['list']));
      expect(await hear()).toEqual({ refused: expect.stringContaining('this is version') });
      expect(await hear()).toBeNull();
      expect(offer.served).toEqual([]);
    });

    it.each([
      [['daemon']],
      [['--log-level', 'info', 'daemon']],
      [['migrate']],
      [['demo']],
      [['config', 'show']],
    ])('does not run %j', async (args) => {
      const { dataDir, env } = await setup(harness);
      const { say, hear } = await speakTo(dataDir);
      say(request({}, args, env));
      expect(await hear()).toEqual({ accepted: true });
      expect(decoded(await hear())).toContain(' is not run for other terminals');
      expect(decoded(await hear())).toMatch(/^Next: /);
      expect(await hear()).toEqual({ exit: 2 });
    });

    it('does not open a pipe for an import', async () => {
      const { dataDir, cwd, env } = await setup(harness);
      execFileSync('mkfifo', [join(cwd, 'users.csv')]);
      for (const file of [join(cwd, 'users.csv'), '/dev/stdin', '/proc/self/fd/0']) {
        const { say, hear } = await speakTo(dataDir);
        say(request({}, ['import', 'users', file], env));
        expect(await hear()).toEqual({ accepted: true });
        expect(decoded(await hear())).toContain('cannot be read for another terminal');
        expect(decoded(await hear())).toMatch(/^Next: /);
        expect(await hear()).toEqual({ exit: 2 });
      }
    });

    it.each([
      ['without an end', ''],
      ['with one', '\n'],
    ])('closes a connection whose line has more than 1 MB, %s, and takes the next', async (_, end) => {
      const { dataDir, offer } = await setup(harness);
      const long = await speakTo(dataDir);
      const answer = long.hear().catch(() => null);
      long.socket.on('error', () => undefined).write(`"${'é'.repeat(600_000)}"${end}`);
      expect(await answer).toBeNull();
      expect(offer.served).toEqual([]);
      const { say, hear } = await speakTo(dataDir);
      say('hello?');
      expect(await hear()).toEqual({ error: 'unknown request' });
    });

    it('a command line that is longer is not sent', async () => {
      const { run, offer } = await setup(harness);
      const more = Array.from({ length: 9 }, () => 'x'.repeat(120_000));
      expect(await run(['pause', 'failing', '--reason', more.join(' ')])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('have more than 1 MB'),
      });
      expect(offer.served).toEqual([]);
    });

    it('takes no command where none is offered', async () => {
      const { dataDir, offer } = await setup(harness);
      await offer.end(0);
      const { say, hear } = await speakTo(dataDir);
      say(request({}, ['list']));
      expect(await hear()).toEqual({ error: 'unknown request' });
    });

    it('a client that goes away stops its command', async () => {
      const { dataDir, database, cwd, env } = await setup(harness);
      const { say, hear, socket } = await speakTo(dataDir);
      const args = ['run-job', 'waiting', '--config', join(cwd, 'opsdeck-jobs.json')];
      say(request({}, args, env));
      expect(await hear()).toEqual({ accepted: true });
      const id = await runningRun(database, 'waiting');
      socket.destroy();
      expect(await endedRun(database, id)).toBe('interrupted');
    });

    it('nonsense in the middle of a command stops it', async () => {
      const { dataDir, database, cwd, env } = await setup(harness);
      const { say, hear } = await speakTo(dataDir);
      say(request({}, ['--config', join(cwd, 'opsdeck-jobs.json'), 'run-job', 'waiting', '-q'], env));
      expect(await hear()).toEqual({ accepted: true });
      const id = await runningRun(database, 'waiting');
      say('{"stop":"SIGKILL"}');
      expect(await endedRun(database, id)).toBe('interrupted');
      await hear();
    });

    it('runs nothing on another database than its own', async () => {
      const { dataDir } = await setup(harness);
      for (const env of [
        { DATABASE_URL: 'postgresql://u@localhost:1/x' },
        { OPSDECK_JOBS_DATA_DIR: '/elsewhere' },
      ]) {
        const { say, hear } = await speakTo(dataDir);
        say(request({}, ['list'], { HOME: '/', ...env }));
        expect(await hear()).toEqual({ accepted: true });
        expect(decoded(await hear())).toContain('leads to another database');
        expect(decoded(await hear())).toMatch(/^Next: /);
        expect(await hear()).toEqual({ exit: 2 });
      }
    });

    it('of an owner with another version is not asked; the sentence names both', async () => {
      const dataDir = jobsFolder({});
      await mkdir(join(dataDir, 'pgdata'));
      const self = { pid: 1, command: 'opsdeck-jobs daemon', startedAt: '2026-01-01T00:00:00Z' };
      const server = createServer((client) =>
        client.on('data', () =>
          client.write(`${JSON.stringify({ owner: self, commands: { protocol: 1, version: '9.9.9' } })}\n`),
        ),
      );
      onTestFinished(() => {
        server.close();
      });
      server.listen(join(dataDir, 'other.sock'));
      await once(server, 'listening');
      await writeFile(join(dataDir, 'claim-1.json'), JSON.stringify({ ...self, socket: 'other.sock' }));
      const { run } = terminalOn({ kind: 'embedded', dataDir }, workingFolder({}));
      expect(await run(['list'])).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(
          /for its own version only: it is version 9\.9\.9, this is .*\nNext: Restart it/,
        ),
      });
    });
  });
});
