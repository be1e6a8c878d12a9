import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { onEmbedded } from '../support/databases.ts';
import { jobsFolder, jobText, workingFolder } from '../support/job-files.ts';
import { runProgram, said, startProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';

/*
 * A daemon on an embedded database, and commands beside it: each a process of its own, as people have them.
 */

const plain = { params: 'z.strictObject({})', requires: '{}', present: '() => []' };
const jobs = {
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
};

onEmbedded((harness) => {
  async function setup() {
    const config = await harness.config();
    const cwd = workingFolder({ jobs_dirs: [jobsFolder(jobs)] });
    const options = { cwd, env: { ...environmentFor(config), OPSDECK_JOBS_SHUTDOWN_GRACE: '1s' } };
    const start = (...args: readonly string[]) => {
      const program = startProgram(args, options);
      onTestFinished(() => {
        program.child.kill('SIGKILL');
      });
      return program;
    };
    const daemon = start('daemon');
    // The first round of its loop is over, so it takes commands.
    await said(daemon, 'stdout', '"daemon.started"');
    for (let taken = false; !taken; ) taken = (await runProgram(['list'], options)).code === 0;
    /** Begins a run that goes on until it is stopped. */
    const begin = async (job: string, ...args: readonly string[]) => {
      const program = start('--log-level', 'info', 'run-job', job, ...args);
      await said(program, 'stderr', '"job.started"');
      return program;
    };
    return { daemon, begin, run: (...args: readonly string[]) => runProgram(args, options) };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s ends a command that the daemon runs with %i, and the daemon goes on',
    async (signal, code) => {
      const { begin, run, daemon } = await setup();
      const running = await begin('waiting', '--json');
      running.child.kill(signal);
      const ended = await running.ended;
      expect(ended.code).toBe(code);
      expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'interrupted' });
      expect(await run('list', '--json')).toMatchObject({ code: 0 });
      expect(daemon.child.exitCode).toBeNull();
    },
  );

  it('a statement without end keeps others waiting, fails nothing, and ends with its command', async () => {
    const { begin, run, daemon } = await setup();
    let log = '';
    daemon.child.stdout?.on('data', (text: string) => {
      log += text;
    });
    const running = await begin('endless');
    const lists = [run('list', '--json'), run('runs', 'list', '--json')];
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130 });
    for (const list of await Promise.all(lists)) expect(list).toMatchObject({ code: 0 });
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toMatchObject({ code: 0, stderr: '' });
    expect(log).toContain('"daemon.stopped"');
    expect(log).not.toMatch(/"log\.level":"(warn|error|fatal)"/);
  });

  it('a client that is killed stops its run; the next command sees it', async () => {
    const { begin, run } = await setup();
    const running = await begin('waiting');
    running.child.kill('SIGKILL');
    await running.ended;
    for (let status = 'running'; status === 'running'; ) {
      const { stdout } = await run('runs', 'list', 'waiting', '--json');
      status = JSON.parse(stdout).runs[0].status;
      if (status !== 'running') expect(status).toBe('interrupted');
    }
  });

  it('a daemon that is killed in the middle is reported in one sentence, with exit code 6 and one JSON document', async () => {
    const { begin, daemon, run } = await setup();
    const running = await begin('waiting', '--json');
    daemon.child.kill('SIGKILL');
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'owner_gone' } });
    expect(stderr).toMatch(
      /^opsdeck-jobs: Process \d+ \(opsdeck-jobs daemon\), which ran this command on .*, ended before the command did\. \[owner_gone\]$/m,
    );
    // Whoever takes the folder now marks it.
    const history = await run('runs', 'list', '--json');
    expect(JSON.parse(history.stdout).runs).toMatchObject([{ job: 'waiting', status: 'interrupted' }]);
  });

  it('a daemon that is asked to stop lets no command hang', async () => {
    const { begin, daemon } = await setup();
    const running = await begin('waiting');
    daemon.child.kill('SIGTERM');
    await once(daemon.child, 'exit');
    const { code } = await running.ended;
    expect([code, daemon.child.exitCode]).toEqual([143, 0]);
  });
});
