import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { onEmbedded } from '../support/databases.ts';
import { workingFolder } from '../support/job-files.ts';
import { type Ended, type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';
import { logged, records } from '../support/program-log.ts';

/*
 * A process is another thing in its first moments than later: Node 20 and 22 follow the context of a promise only from the
 * first use on. So each round is a daemon that is just starting: with four commands of other terminals, or with eight scheduled
 * runs that are due at once.
 */

const rounds = Number(process.env['OPSDECK_JOBS_FRESH_DAEMONS'] ?? 10);
const mistaken = 'a query outside the open transaction';

/** The errors of the first eight runs that end; what the program writes is read from now on. */
function errorsOfEightRuns({ child, ended }: RunningProgram): Promise<string[]> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: string) => {
      text += chunk;
      const whole = records(text.slice(0, text.lastIndexOf('\n') + 1));
      const ends = whole.filter((record) => record['event.action'] === 'job.finished');
      if (ends.length === 8) resolve(ends.map((record) => String(record['error.message'] ?? '')));
    });
    ended.then((end) => reject(new Error(`the daemon ended: ${JSON.stringify(end)}`)), reject);
  });
}

onEmbedded((harness) => {
  it(`none of ${rounds} fresh daemons takes a query of one for one inside the transaction of another`, async () => {
    const config = await harness.config();
    if (config.kind !== 'embedded') throw new Error('an embedded database was expected');
    // Nothing outside of this machine is asked: a port that nobody listens on answers at once.
    const endpoint = 'http://127.0.0.1:1/latest';
    const cwd = workingFolder({ jobs: { 'exchange-rates': { settings: { endpoint } } } });
    expect(await runProgram(['list'], { cwd, env: environmentFor(config) })).toMatchObject({ code: 0 });
    const commands = [
      ['run-job', 'compliance-drift', '--allow-empty'],
      ['run-job', 'credential-expiry', '--allow-empty'],
      ['run-job', 'uar', '--allow-empty'],
      ['list'],
    ];
    const round = async (work: (daemon: RunningProgram, options: { cwd: string }) => Promise<void>) => {
      const folder = await mkdtemp(join(inject('scratch'), 'fresh-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const dataDir = join(folder, 'data');
      await cp(config.dataDir, dataDir, { recursive: true });
      const options = { cwd, env: environmentFor({ ...config, dataDir }) };
      const daemon = startProgram(['daemon'], options);
      onTestFinished(() => {
        daemon.child.kill('SIGKILL');
      });
      await work(daemon, options);
      daemon.child.kill('SIGKILL');
      await daemon.ended;
    };
    for (let count = 0; count < rounds; count += 2) {
      await round(async (daemon, options) => {
        // Whoever is the first at the folder: the others wait for it, or have the daemon run their command.
        const started = logged(daemon, 'daemon.started');
        const ends = Promise.all(commands.map((args) => runProgram(args, options)));
        const [answers] = await Promise.all([ends, started]);
        expect(answers.filter(({ code }) => code !== 0)).toEqual([]);
      });
    }
    // Short commands of three terminals follow each other while a daemon starts: it comes in between, and all of them are done.
    await round(async (daemon, options) => {
      const started = logged(daemon, 'daemon.started');
      const terminal = async (): Promise<readonly Ended[]> => [
        await runProgram(['list'], options),
        await runProgram(['runs', 'list'], options),
        await runProgram(['status'], options),
      ];
      const [ends] = await Promise.all([Promise.all([terminal(), terminal(), terminal()]), started]);
      expect(ends.flat().filter(({ code }) => code !== 0)).toEqual([]);
    });
    await visit(config, (_database, runSql) =>
      runSql(`update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '8 days'`),
    );
    for (let count = 1; count < rounds; count += 2) {
      await round(async (daemon) => {
        const errors = await errorsOfEightRuns(daemon);
        expect(errors.filter((error) => error.includes(mistaken))).toEqual([]);
      });
    }
  });
});
