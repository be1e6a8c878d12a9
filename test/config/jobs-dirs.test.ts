import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readJobsDirs } from '../../src/config/jobs-dirs.ts';
import { loadConfig } from '../../src/config/load.ts';
import { jobsFolder, workingFolder, writeJobFile } from '../support/job-files.ts';

function sources(cwd: string, env: Readonly<Record<string, string>> = {}) {
  return { env: { HOME: cwd, ...env }, cwd };
}

function problems(cwd: string, unknownJobs: 'refuse' | 'ignore' = 'refuse') {
  try {
    loadConfig({ ...sources(cwd), jobs: [], unknownJobs });
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_configuration', exitCode: 2 });
    return error instanceof Error ? error.message : '';
  }
}

it('reads the folders from the configuration file', () => {
  const cwd = workingFolder({ jobs_dirs: ['/etc/opsdeck-jobs/jobs', '/srv/jobs'] });
  expect(readJobsDirs(sources(cwd))).toEqual({
    folders: ['/etc/opsdeck-jobs/jobs', '/srv/jobs'],
    unusable: false,
  });
  expect(problems(cwd)).toBe('');
});

it('finds none where there is no file, or none in it', () => {
  for (const cwd of [jobsFolder({}), workingFolder({ timezone: 'UTC' })])
    expect(readJobsDirs(sources(cwd))).toEqual({ folders: [], unusable: false });
});

it('neither the environment nor a .env file can name a folder of code to run', () => {
  const cwd = jobsFolder({ '.env': 'OPSDECK_JOBS_JOBS_DIRS=/srv/jobs\nJOBS_DIRS=/srv/jobs\n' });
  const env = { OPSDECK_JOBS_JOBS_DIRS: '/srv/jobs', JOBS_DIRS: '/srv/jobs' };
  expect(readJobsDirs(sources(cwd, env)).folders).toEqual([]);
  expect(problems(cwd)).toContain('OPSDECK_JOBS_JOBS_DIRS');
});

it('a file that its group may write and that names folders is refused, whoever named the file', () => {
  const cwd = workingFolder({ jobs_dirs: ['/srv/jobs'] });
  const file = join(cwd, 'opsdeck-jobs.json');
  chmodSync(file, 0o664);
  const elsewhere = jobsFolder({ '.env': `OPSDECK_JOBS_CONFIG=${file}\n` });
  expect(readJobsDirs(sources(elsewhere))).toEqual({ folders: [], unusable: true });
  expect(problems(elsewhere)).toContain(
    `jobs_dirs (${file}:1:14): is refused in this file: others than its owner may write it; take that right away with chmod go-w`,
  );
});

it.each([0o664, 0o646])('a file of mode %o that is only there names no folders', (mode) => {
  const cwd = workingFolder({ jobs_dirs: ['/srv/jobs'] });
  chmodSync(join(cwd, 'opsdeck-jobs.json'), mode);
  expect(readJobsDirs(sources(cwd)).folders).toEqual([]);
  expect(problems(cwd)).toContain('is refused: others than its owner may write it');
});

it.skipIf(process.getuid?.() !== 0)(
  'a file of another user that names folders is refused (needs root, to give it away)',
  () => {
    const cwd = workingFolder({ jobs_dirs: ['/srv/jobs'] });
    const file = join(cwd, 'opsdeck-jobs.json');
    chownSync(file, 65_534, 65_534);
    const named = { env: { HOME: cwd }, cwd, configFile: file };
    expect(readJobsDirs(named)).toEqual({ folders: [], unusable: true });
    expect(() => loadConfig({ ...named, jobs: [] })).toThrow(
      'is refused in this file: it belongs to another user',
    );
  },
);

it.each([[['jobs']], [['./jobs']], ['/srv/jobs'], [[7]]])('%j are no absolute folders', (value) => {
  const cwd = workingFolder({ jobs_dirs: value });
  expect(readJobsDirs(sources(cwd))).toEqual({ folders: [], unusable: true });
  expect(problems(cwd)).toContain('jobs_dirs');
});

it('what is reported of a job that could not be loaded is no mistake; of one that is unknown it is', () => {
  const cwd = jobsFolder({});
  writeJobFile(
    cwd,
    'opsdeck-jobs.json',
    JSON.stringify({ jobs_dirs: ['/srv/jobs'], jobs: { 'my-job': { schedule: '@daily' } } }),
  );
  expect(problems(cwd, 'refuse')).toContain('jobs.my-job');
  expect(problems(cwd, 'ignore')).toBe('');
});
