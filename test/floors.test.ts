import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

type Files = Readonly<Record<string, string>>;

const imports = (path: string) => `import '${path}';\n`;
const importsType = (path: string) => `import type { A } from '${path}';\nexport type B = A;\n`;
const importsLater = (path: string) => `export const load = () => import('${path}');\n`;

/** What `npm run lint` says of a program of these files. */
async function lint(files: Files): Promise<{ readonly failed: boolean; readonly text: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-floors-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await copyFile(join(root, 'biome.json'), join(folder, 'biome.json'));
  const manifest = z.object({ scripts: z.object({ lint: z.string() }) });
  const { scripts } = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve) => {
    execFile('sh', ['-c', scripts.lint], { cwd: folder, env: { PATH: path } }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, text: `${stdout}${stderr}` }),
    );
  });
}

it.each<readonly [string, Files, string]>([
  ['bin on migrations', { 'bin/a.ts': imports('../migrations/index.ts') }, 'Imports go down'],
  ['jobs on bin', { 'jobs/a/job.ts': imports('../../bin/main.ts') }, 'Imports go down'],
  ['jobs on tests', { 'jobs/a/job.ts': imports('../../test/support/until.ts') }, 'Imports go down'],
  ['src on jobs', { 'src/job/a.ts': imports('../../jobs/index.ts') }, 'Imports go down'],
  ['src on a type of jobs', { 'src/cli/a.ts': importsType('../../jobs/uar/job.ts') }, 'Imports go down'],
  ['src on jobs, later', { 'src/cli/a.ts': importsLater('../../jobs/index.ts') }, 'Imports go down'],
  ['src on bin', { 'src/cli/a.ts': imports('../../bin/main.ts') }, 'Imports go down'],
  ['migrations on src', { 'migrations/0001-a.ts': importsType('../src/db/tables.ts') }, 'Imports go down'],
  ['migrations on jobs', { 'migrations/0001-a.ts': imports('../jobs/index.ts') }, 'Imports go down'],
  ['schedules on jobs', { 'src/schedule/a.ts': imports('../../jobs/index.ts') }, 'Imports go down'],
  ['schedules on runs', { 'src/schedule/a.ts': imports('../job/define-job.ts') }, 'Schedules are pure'],
  [
    'schedules on the configuration',
    { 'src/schedule/a.ts': imports('../config/a.ts') },
    'Schedules are pure',
  ],
  ['schedules on the loop', { 'src/schedule/a.ts': imports('../scheduler/loop.ts') }, 'Schedules are pure'],
  ['runs on the loop', { 'src/job/a.ts': imports('../scheduler/loop.ts') }, 'are above'],
  ['the configuration on commands', { 'src/config/a.ts': imports('../cli/io.ts') }, 'are above'],
  ['the configuration on jobs', { 'src/config/a.ts': imports('../../jobs/index.ts') }, 'Imports go down'],
  ['a circle', { 'src/a.ts': imports('./b.ts'), 'src/b.ts': imports('./a.ts') }, 'part of a cycle'],
  [
    'a circle of types',
    {
      'src/a.ts': `${importsType('./b.ts')}export type C = B;\n`,
      'src/b.ts': "import type { B } from './a.ts';\nexport type A = B | 1;\n",
    },
    'part of a cycle',
  ],
])('the lint refuses imports of %s', async (_, files, sentence) => {
  const { failed, text } = await lint(files);
  expect(text).toContain(sentence);
  expect(failed).toBe(true);
});

it('the lint allows imports that go down', async () => {
  const { failed, text } = await lint({
    'bin/main.ts': imports('../jobs/a/job.ts') + imports('../src/cli/a.ts'),
    'jobs/a/job.ts': imports('../../src/job/a.ts') + imports('../../migrations/index.ts'),
    'src/cli/a.ts': imports('../job/a.ts') + imports('../scheduler/a.ts'),
    'src/scheduler/a.ts': imports('../job/a.ts'),
    'src/job/a.ts': imports('../schedule/a.ts') + imports('./user-jobs/a.ts'),
    'src/job/user-jobs/a.ts': imports('../../../migrations/index.ts'),
    'src/schedule/a.ts': imports('../time/a.ts'),
    'src/time/a.ts': 'export {};\n',
    'migrations/index.ts': 'export {};\n',
  });
  expect(text).not.toContain('import');
  expect(failed).toBe(false);
});
