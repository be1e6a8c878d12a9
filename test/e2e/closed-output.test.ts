import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram, startProgram } from '../support/program.ts';

it('a closed stdout ends the output without a message; the run is recorded and keeps its exit code', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-closed-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const options = { cwd, env: { OPSDECK_JOBS_DATA_DIR: join(cwd, 'data') } };
  for (const [extra, code, words] of [
    [['--allow-empty'], 0, /^Using [^\n]*\n$/],
    [[], 1, /\[nothing_to_evaluate\]/],
  ] as const) {
    const { child, ended } = startProgram(['run-job', 'compliance-drift', ...extra], options);
    child.stdout?.destroy();
    const { code: exitCode, stderr } = await ended;
    expect(exitCode).toBe(code);
    expect(stderr).not.toContain('cannot be written');
    expect(stderr.replace(/^Making a new embedded database in [^\n]*\.\n/, '')).toMatch(words);
  }
  for (const format of ['text', 'html']) {
    const { child, ended } = startProgram(['report', 'overview', '--format', format], options);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Using [^\n]*\n$/) });
  }
  const history = await runProgram(['runs', 'list', '--json'], options);
  expect(JSON.parse(history.stdout).runs).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]);
}, 120_000);
