import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { onPostgres } from '../support/databases.ts';
import { jobsFolder } from '../support/job-files.ts';
import { runProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';

/*
 * A container's user: a number that no name, no home folder and no HOME belong to.
 */

const uid = 54_321;

function world() {
  const cwd = jobsFolder({});
  chownSync(cwd, uid, uid);
  chmodSync(cwd, 0o755);
  return (args: readonly string[], env: Readonly<Record<string, string>>) =>
    runProgram(args, { cwd, env, uid, homeless: true });
}

onPostgres((harness) => {
  it.skipIf(process.getuid?.() !== 0)(
    'with a URL every command runs (needs root, to be that user)',
    async () => {
      const run = world();
      const env = environmentFor(await harness.config('empty'));
      for (const args of [['migrate'], ['list'], ['pause', 'uar', '--reason', 'audit'], ['config', 'show']])
        expect([args, await run(args, env)]).toMatchObject([args, { code: 0 }]);
    },
  );
});

it.skipIf(process.getuid?.() !== 0)(
  'with a data folder every command runs (needs root, to be that user)',
  async () => {
    const run = world();
    const folder = jobsFolder({});
    chownSync(folder, uid, uid);
    const env = { OPSDECK_JOBS_DATA_DIR: join(folder, 'data') };
    for (const args of [['migrate'], ['list']])
      expect([args, await run(args, env)]).toMatchObject([args, { code: 0 }]);
  },
);

it.skipIf(process.getuid?.() !== 0)(
  'without either it is refused in a sentence (needs root, to be that user)',
  async () => {
    expect(await world()(['list'], {})).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'HOME (environment): is not set, and the system knows no home folder of this user; the data folder would be in it; set OPSDECK_JOBS_DATA_DIR to an absolute path, or DATABASE_URL.',
      ),
    });
    expect(await world()(['list'], { DATABASE_URL: 'postgresql://127.0.0.1:1/x' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Set DATABASE_URL with a user'),
    });
  },
);
