import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

it('npm pack holds what a user needs and nothing else, and what is installed from it runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-pack-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  const [tarball] = packed.parse(JSON.parse(stdout));
  const paths = tarball.files
    .map((file) => file.path)
    .filter((path) => !/^dist\/.*\.js(\.LEGAL\.txt)?$/.test(path));
  expect(paths.toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/opsdeck-jobs.js',
    'dist/THIRD-PARTY-LICENSES.txt',
    'package.json',
  ]);

  await run(
    'npm',
    ['install', '--global', '--prefix', folder, '--prefer-offline', join(folder, tarball.filename)],
    {
      cwd: folder,
    },
  );
  const installed = join(folder, 'bin', 'opsdeck-jobs');
  const env = { PATH: process.env['PATH'], HOME: folder, OPSDECK_JOBS_DATA_DIR: join(folder, 'data') };
  const list = await run(installed, ['list', '--json'], { cwd: folder, env });
  expect(JSON.parse(list.stdout)).toMatchObject({ schema: 1, jobs: [{ job: 'compliance-drift' }] });
}, 300_000);
