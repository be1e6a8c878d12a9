import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { passwordRole } from '../support/postgres-server.ts';
import { type Ended, runProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';
import { missingForSmallDisk, mountSmallDisk } from '../support/small-disk.ts';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-e2e-'));
});

afterAll(async () => {
  await rm(cwd, { recursive: true, force: true });
});

/** One sentence that names the cause, one that says what to do, nothing on stdout, no stack trace. */
function expectRefusal(ended: Ended, code: number, words: RegExp): void {
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(words);
  expect(ended.stderr).toMatch(/^opsdeck-jobs: .+$/m);
  expect(ended.stderr).toMatch(/^Next: .+$/m);
  expect(ended.stderr).not.toMatch(/\n\s+at /);
}

describe('before anything is opened', () => {
  const nowhere = { OPSDECK_JOBS_DATA_DIR: '/dev/null/never-opened' };
  it.each([
    ['an unknown job, with a suggestion', ['run-job', 'complience-drift'], {}, /compliance-drift/],
    ['an unknown parameter', ['run-job', 'compliance-drift', '--param', 'framwork=1'], {}, /framework/],
    [
      'a parameter of the wrong type',
      ['run-job', 'compliance-drift', '--param', 'framework=-1'],
      {},
      /framework/,
    ],
    ['a bad duration', ['run-job', 'compliance-drift', '--timeout', '5 parsecs'], {}, /5 parsecs/],
    ['an unknown level', ['run-job', 'compliance-drift', '--fail-on', 'terrible'], {}, /critical/],
    ['a URL that is none', ['list'], { DATABASE_URL: 'mysql://root:hush@db/opsdeck' }, /DATABASE_URL/],
    ['an unknown zone', ['list'], { TIMEZONE: 'Europe/Madird' }, /TIMEZONE.*Madird/s],
    ['an unknown variable of ours', ['list'], { OPSDECK_JOBS_DATADIR: '/x' }, /OPSDECK_JOBS_DATA_DIR/],
    ['an unknown command', ['run-jobs', 'compliance-drift'], {}, /run-job/],
    ['a missing file', ['import', 'users', 'no-such-file.csv'], {}, /no-such-file\.csv/],
    [
      'a name that would be lines of its own',
      ['import', 'users', 'x.csv\nopsdeck-jobs: imported\u2028'],
      {},
      /x\.csv opsdeck-jobs: imported /,
    ],
    ['at level debug, too', ['run-job', 'uars'], { LOG_LEVEL: 'debug' }, /did you mean|jobs are/],
  ])('%s: exit 2, a sentence, a next step', async (_what, args, env, words) => {
    expectRefusal(await runProgram(args, { cwd, env: { ...nowhere, ...env } }), 2, words);
  });

  it('names a misspelt variable of .env, which would silently not count', async () => {
    const here = await mkdtemp(join(cwd, 'misspelt-'));
    await writeFile(join(here, '.env'), 'SMTP_PROT=25\n');
    const { code, stderr } = await runProgram(['config', 'show'], { cwd: here });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^opsdeck-jobs: SMTP_PROT \(.*\.env:1\) is not read: did you mean SMTP_PORT\?$/m);
  });

  it('lists every problem of the configuration at once and shows no secret', async () => {
    const ended = await runProgram(['list'], {
      cwd,
      env: { DATABASE_URL: 'mysql://root:hush@db/opsdeck', TIMEZONE: 'Mars/Olympus', SMTP_PORT: 'many' },
    });
    expectRefusal(ended, 2, /DATABASE_URL/);
    expect(ended.stderr).toContain('TIMEZONE');
    expect(ended.stderr).toContain('SMTP_PORT');
    expect(ended.stderr).not.toContain('hush');
  });
});

describe('a server that is not there', () => {
  it('exits 6, names host and port, hides the password', async () => {
    const env = { DATABASE_URL: 'postgresql://me:hush@127.0.0.1:9/opsdeck' };
    const ended = await runProgram(['run-job', 'compliance-drift'], { cwd, env });
    expectRefusal(ended, 6, /127\.0\.0\.1:9/);
    expect(ended.stderr).not.toContain('hush');
  });
});

onPostgres((harness) => {
  it('refuses a database that was not migrated, and shows how', async () => {
    const env = environmentFor(await harness.config('opsdeck'));
    expectRefusal(await runProgram(['run-job', 'compliance-drift'], { cwd, env }), 2, /opsdeck-jobs migrate/);
  });

  it('reports that the password is wrong without showing it', async () => {
    const config = await harness.config();
    await withRole(config, `${passwordRole}_e2e`, [], async (url) => {
      url.password = 'hush-hush';
      const ended = await runProgram(['list'], { cwd, env: { DATABASE_URL: url.href } });
      expectRefusal(ended, 2, /password/);
      expect(ended.stderr).not.toContain('hush-hush');
    });
  });

  it('names what a role without rights may not touch, and the grant that lets it', async () => {
    const config = await harness.config();
    const grants = [
      'grant usage on schema opsdeck_jobs to ROLE',
      'grant select, insert, update on all tables in schema opsdeck_jobs to ROLE',
    ];
    await withRole(config, `weak_${process.pid}`, grants, async (url) => {
      const ended = await runProgram(['run-job', 'compliance-drift'], {
        cwd,
        env: { DATABASE_URL: url.href },
      });
      expect(ended.code).toBeOneOf([1, 2]);
      expect(ended.stderr).toMatch(/framework/);
      expect(ended.stderr).toMatch(/^Next: .*grant/im);
    });
  });
});

/** A role of its own for one test; roles belong to the server and must go before the test's database does. */
async function withRole(
  config: DatabaseConfig,
  role: string,
  grants: readonly string[],
  work: (url: URL) => Promise<void>,
): Promise<void> {
  await visit(config, async (_database, runSql) => {
    await runSql(`create role ${role} login password 'right'`);
    for (const grant of grants) await runSql(grant.replace('ROLE', role));
  });
  try {
    const url = new URL(config.kind === 'postgres' ? config.url : '');
    url.username = role;
    await work(url);
  } finally {
    await visit(config, async (_database, runSql) => {
      await runSql(`drop owned by ${role}`);
      await runSql(`drop role ${role}`);
    });
  }
}

onEachDatabase((harness) => {
  it('a database without an active framework: exit 1, nothing_to_evaluate, and how to add one', async () => {
    const env = environmentFor(await harness.config());
    const ended = await runProgram(['run-job', 'compliance-drift', '--json'], { cwd, env });
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schema: 1,
      status: 'failed',
      error: { code: 'nothing_to_evaluate' },
    });
    expect(ended.stderr).toMatch(/import oscal/);
  });

  it('prints once why a run failed, in words, and writes it to the log once, as ECS', async () => {
    const env = environmentFor(await harness.config());
    const log = join(cwd, `${randomUUID()}.log`);
    const args = ['run-job', 'compliance-drift', '--log-level', 'debug', '--log-file', log];
    const { stdout, stderr } = await runProgram(args, { cwd, env });
    expect(`${stdout}${stderr}`.match(/The job found nothing to look at/g)).toHaveLength(1);
    expect(stderr).toMatch(/^opsdeck-jobs: The job found nothing to look at/m);
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('nothing_to_evaluate'))).toHaveLength(1);
  });

  it('an unknown framework id: exit 2 with the ids that exist, and nothing recorded', async () => {
    const config = await harness.config();
    await visit(config, async (_database, runSql) => {
      await runSql(`insert into framework (name, is_custom, is_active) values ('ISO 27001', true, true)`);
    });
    const env = environmentFor(config);
    const ended = await runProgram(['run-job', 'compliance-drift', '--param', 'framework=99'], { cwd, env });
    expectRefusal(ended, 2, /99/);
    expect(ended.stderr).toMatch(/1.*ISO 27001|ISO 27001.*1/s);
    const history = await runProgram(['runs', 'list', '--json'], { cwd, env });
    expect(JSON.parse(history.stdout)).toMatchObject({ runs: [] });
  });

  it('a file that is no catalog, and a file in the wrong encoding: exit 2, nothing written', async () => {
    const config = await harness.config();
    const env = environmentFor(config);
    await writeFile(join(cwd, 'profile.json'), '{"profile":{"uuid":"x"}}');
    await writeFile(join(cwd, 'utf16.csv'), Buffer.from('email,name\njose@corp.example,José\n', 'utf16le'));
    const catalog = await runProgram(['import', 'oscal', 'profile.json'], { cwd, env });
    expect(catalog).toMatchObject({ code: 2, stderr: expect.stringMatching(/profile/) });
    const users = await runProgram(['import', 'users', 'utf16.csv'], { cwd, env });
    expect(users).toMatchObject({ code: 2, stderr: expect.stringMatching(/utf16\.csv.*--encoding/s) });
  });
});

const missing = missingForSmallDisk();

describe.skipIf(missing !== undefined)(
  `a data folder that cannot be written, which needs ${missing ?? 'a disk'}`,
  () => {
    it('exits 2 and names the folder', async () => {
      const disk = await mountSmallDisk(1);
      onTestFinished(disk.remove);
      await disk.remount('ro');
      const dataDir = join(disk.path, 'data');
      const ended = await runProgram(['list'], { cwd, env: { OPSDECK_JOBS_DATA_DIR: dataDir } });
      expectRefusal(ended, 2, new RegExp(dataDir));
    });
  },
);
