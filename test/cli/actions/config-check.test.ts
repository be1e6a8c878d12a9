import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../../bin/command-line.ts';
import { jobsFolder, jobText } from '../../support/job-files.ts';
import { memoryIo } from '../../support/memory-io.ts';

async function check(
  cwd: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { io, stdout, stderr } = memoryIo({ cwd, env: { HOME: cwd, ...env } });
  const code = await runCommandLine(['config', 'check', ...args], io);
  return { code, stdout: stdout(), stderr: stderr() };
}

it('names what it checked, finds nothing, and leaves no data folder behind', async () => {
  const own = jobsFolder({ 'own.mjs': jobText('people-count') });
  const cwd = jobsFolder({
    '.env': 'TIMEZONE=Europe/Madrid\n',
    'opsdeck-jobs.json': JSON.stringify({ jobs_dirs: [own], jobs: { 'people-count': { enabled: true } } }),
  });
  const { code, stdout, stderr } = await check(cwd, {});
  expect(stdout).toMatch(
    /^Checked: environment, \S+\/\.env, \S+\/opsdeck-jobs\.json; \d+ jobs\.\nFound: 0 problems, 0 warnings\.\n$/,
  );
  expect({ code, stderr, files: readdirSync(cwd).sort() }).toEqual({
    code: 0,
    stderr: '',
    files: ['.env', 'opsdeck-jobs.json'],
  });
});

it('does not connect to the database', async () => {
  const cwd = jobsFolder({});
  const env = { DATABASE_URL: 'postgresql://u:hunter2@nowhere.invalid/d' };
  expect(await check(cwd, env)).toMatchObject({ code: 0, stderr: '' });
});

it('lists the problems of all sources at once: variables, secret files, TLS files, configuration file, job files', async () => {
  const own = jobsFolder({ 'broken.mjs': "throw new Error('no luck with hunter2hunter2');" });
  const cwd = jobsFolder({
    '.env': 'SMTP_PROT=25\nLOG_LEVEL=loud\nnot a line\n',
    'opsdeck-jobs.json': JSON.stringify({
      jobs_dirs: [own],
      concurrency: 'many',
      jobs: { 'compliance-drift': { schedule: 'often' } },
    }),
  });
  const env = {
    DATABASE_URL: 'postgresql://u:hunter2hunter2@db/d?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem',
    OPSDECK_JOBS_LISTEN_TOKEN_FILE: join(cwd, 'no-such-secret'),
  };
  const { code, stdout } = await check(cwd, env, '--json');
  expect(code).toBe(2);
  const { problems, warnings } = JSON.parse(stdout);
  expect(problems.map(({ name }: { name: string }) => name).sort()).toEqual([
    'DATABASE_URL',
    'LOG_LEVEL',
    'OPSDECK_JOBS_LISTEN_TOKEN_FILE',
    'concurrency',
    'jobs.compliance-drift.schedule',
    'jobs_dirs',
    'line 3',
  ]);
  expect(warnings).toEqual([expect.stringContaining('did you mean SMTP_PORT?')]);
  expect(stdout).not.toContain('hunter2');
  const text = await check(cwd, env);
  expect(text).toMatchObject({ code: 2, stderr: '' });
  expect(text.stdout).toContain('Found: 7 problems, 1 warning.\n');
  expect(text.stdout).toContain(
    `jobs_dirs (${join(own, 'broken.mjs')}): was not loaded: Error: no luck with [secret]\n`,
  );
});

it('checks the file that is named instead of the one in the working folder', async () => {
  const cwd = jobsFolder({ 'opsdeck-jobs.json': '{', 'next.json': '{"concurrency": 4}' });
  expect((await check(cwd, {})).code).toBe(2);
  expect((await check(cwd, {}, 'next.json')).code).toBe(0);
  const missing = await check(cwd, {}, 'other.json');
  expect(missing).toMatchObject({ code: 2, stdout: expect.stringContaining('other.json): cannot be read') });
  mkdirSync(join(cwd, 'folder'));
  expect((await check(cwd, {}, 'folder')).stdout).toContain('it is a folder');
});
