import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { newDatabaseKey } from '../../src/db/migration-steps.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);
const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** The package as a user installs it. */
let prefix: string;
let paths: readonly string[];
let installed: { readonly stdout: string; readonly stderr: string };
beforeAll(async () => {
  prefix = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-pack-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', prefix], {
    cwd: root,
  });
  const [tarball] = packed.parse(JSON.parse(stdout));
  paths = tarball.files.map((file) => file.path);
  installed = await run(
    'npm',
    ['install', '--global', '--prefix', prefix, '--prefer-offline', join(prefix, tarball.filename)],
    { cwd: prefix },
  );
  return () => rm(prefix, { recursive: true, force: true });
}, 300_000);

function program(cwd: string, ...args: readonly string[]) {
  const env = { PATH: process.env['PATH'], HOME: cwd, OPSDECK_JOBS_DATA_DIR: join(cwd, 'data') };
  return run(join(prefix, 'bin', 'opsdeck-jobs'), [...args], { cwd, env });
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-user-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** As the README has it. */
const job = `import { defineJob, sql, z } from 'opsdeck-jobs';

export default defineJob({
  name: 'stale-users',
  description: 'Counts people without a recent login',
  schedule: '0 7 * * 1-5',
  misfire: 'latest',
  timeout: '5m',
  requires: { user: ['id', 'is_archived'] },
  params: z.strictObject({ least: z.coerce.number().int().min(0).default(0) }),
  settings: z.strictObject({ title: z.string().default('People') }),
  async run({ db, params, settings, signal }) {
    signal.throwIfAborted();
    const { rows } = await sql<{ people: number }>\`
      select count(*)::int as people from "user" where not is_archived\`.execute(db);
    const people = rows[0]?.people ?? 0;
    return { title: settings.title, people, enough: people >= params.least };
  },
  present: ({ title, people }) => [{ kind: 'line', text: \`\${title}: \${people}\` }],
});
`;
const withoutTypes = job.replace('<{ people: number }>', '');

it('npm pack holds what a user needs and nothing else, and what is installed from it runs', async () => {
  const others = paths.filter(
    (path) =>
      !/^dist\/(?!types\/).*\.js(\.LEGAL\.txt)?$|^dist\/types\/.*(\.d\.c?ts|\/package\.json)$|^docs\//.test(
        path,
      ),
  );
  expect(others.toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/opsdeck-jobs.js',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/empty-database.tar.br',
    `dist/new-database-${newDatabaseKey()}.tar.br`,
    'package.json',
  ]);
  expect(paths).toEqual(
    expect.arrayContaining(['docs/grants.sql', 'docs/jobs/uar.md', 'docs/operations.md']),
  );
  const list = await program(await newFolder(), 'list', '--json');
  expect(JSON.parse(list.stdout)).toMatchObject({
    schema: 1,
    jobs: expect.arrayContaining([expect.objectContaining({ job: 'compliance-drift' })]),
  });
});

it('npm install --global of the packed file has nothing to warn of', () => {
  expect(`${installed.stdout}${installed.stderr}`).not.toMatch(/npm (?:warn|error)/i);
});

it('a build without the development packages fails with one sentence', async () => {
  const folder = await newFolder();
  for (const file of ['build.mjs', 'build-databases.mjs', 'build-types.mjs', 'package.json']) {
    await copyFile(join(root, file), join(folder, file));
  }
  const ended = failed.parse(
    await run(process.execPath, ['build.mjs'], { cwd: folder }).catch((error) => error),
  );
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^.+ without --omit=dev\.\n$/);
});

it.each(['own.mjs', 'own.js'])(
  'the installed program runs a job of the user’s in %s, in a folder where nothing is installed, without a warning',
  async (name) => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'jobs'), { mode: 0o755 });
    await writeFile(join(folder, 'jobs', name), withoutTypes, { mode: 0o644 });
    const config = JSON.stringify({ jobs_dirs: [join(folder, 'jobs')] });
    await writeFile(join(folder, 'opsdeck-jobs.json'), config, { mode: 0o644 });
    const ran = await program(folder, 'run-job', 'stale-users', '--json', '--param', 'least=1');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      status: 'succeeded',
      result: { title: 'People', people: 0, enough: false },
    });
    expect(ran.stderr).toContain(`Using embedded database in ${join(folder, 'data')}\n`);
  },
);

describe('a user of TypeScript', () => {
  /** Compiles with the package installed, and none of the packages that it bundles. */
  async function compile(text: string): Promise<string> {
    const folder = await newFolder();
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true });
    const links: ReadonlyArray<readonly [string, string]> = [
      [join(prefix, 'lib/node_modules/opsdeck-jobs'), 'opsdeck-jobs'],
      [join(root, 'node_modules/@types/node'), '@types/node'],
      [join(root, 'node_modules/undici-types'), 'undici-types'],
    ];
    for (const [from, to] of links) await run('cp', ['-r', from, join(folder, 'node_modules', to)]);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'job.ts'), text);
    const options = {
      strict: true,
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023'],
      types: ['node'],
      noEmit: true,
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['job.ts'] }),
    );
    try {
      await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
      return '';
    } catch (error) {
      return failed.parse(error).stdout;
    }
  }

  it('has types of the job, its database and its schemas with nothing else installed', async () => {
    expect(await compile(job)).toBe('');
  });

  it.each([
    ['a parameter that is not there', ['params.least', 'params.lest'], "Property 'lest' does not exist"],
    [
      'a setting of another type',
      ['settings.title,', 'settings.title * 2,'],
      'left-hand side of an arithmetic',
    ],
    ['a misfire policy that is not there', ["'latest'", "'last'"], 'is not assignable to type'],
    [
      'a part of the result that is not there',
      ['({ title, people })', '({ title, poeple: people })'],
      'poeple',
    ],
    [
      'a table that is not there',
      ['signal.throwIfAborted();', "await db.selectFrom('usr').selectAll().execute();"],
      '\'"usr"\'',
    ],
  ] as const)('learns of %s', async (_, [right, wrong], message) => {
    expect(job).toContain(right);
    expect(await compile(job.replace(right, wrong))).toContain(message);
  });
});
