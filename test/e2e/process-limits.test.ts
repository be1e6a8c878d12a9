import { execFile } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { onEmbedded } from '../support/databases.ts';
import { jobsFolder } from '../support/job-files.ts';
import { type Ended, programFile, runProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';
import { missingForSmallDisk, mountSmallDisk } from '../support/small-disk.ts';

/*
 * What is in the way of an embedded database is not its data: a limit of the process, the rights on its folder, the file system.
 * Each in a fresh process.
 */

const broken = /restore|broken|unexpected/i;

/** Runs the program under a limit that a shell sets. */
function runUnder(
  limit: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ['list'],
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      '/bin/bash',
      ['-c', `ulimit ${limit} && exec "$0" "$@"`, process.execPath, programFile, ...args],
      { cwd, env: { PATH: process.env['PATH'], HOME: cwd, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });
}

const onLinux = it.skipIf(process.platform !== 'linux');
const asRoot = it.skipIf(process.getuid?.() !== 0);

onEmbedded((harness) => {
  async function world() {
    const env = environmentFor(await harness.config());
    return { env, cwd: jobsFolder({}), folder: env['OPSDECK_JOBS_DATA_DIR'] ?? '' };
  }

  onLinux.each([
    ['open files, for the program', '-n 40', 'open_files_limit', 'at most 40 files', 'ulimit -n'],
    ['open files, for the first chunk', '-n 25', 'open_files_limit', 'limit of open files', 'ulimit -n'],
    ['addresses, for the program', '-v 3000000', 'out_of_memory', 'limited to 2930 MB', 'ulimit -v'],
    ['addresses, for the thread', '-v 12000000', 'out_of_memory', 'limited to 11719 MB', 'ulimit -v'],
    ['file size', '-f 100', 'file_size_limit', 'at most 0.1 MB', 'ulimit -f'],
  ])('names the limit of %s', async (_, limit, code, value, next) => {
    const { env, cwd } = await world();
    const { code: exitCode, stderr } = await runUnder(limit, cwd, env);
    expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: expect.stringContaining(`[${code}]`) });
    expect(stderr).toContain(value);
    expect(stderr).toMatch(new RegExp(`^Next: .*${next}`, 'm'));
    expect(stderr).not.toMatch(broken);
  });

  onLinux('names the limit of open files that the database itself reaches', async () => {
    const cwd = jobsFolder({});
    const env = { OPSDECK_JOBS_DATA_DIR: join(cwd, 'data') };
    expect(await runProgram(['list'], { env, cwd })).toMatchObject({ code: 0 });
    // The copies open every file of the folder.
    const { code, stderr } = await runUnder('-n 90', cwd, env, ['backup', '--sql', join(cwd, 'copy.sql')]);
    expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining('[open_files_limit]') });
    // Of the program's own files and those of the database, whichever comes last.
    expect(stderr).toMatch(/(?:embedded database in|The program cannot open) [\s\S]+at most 90 files/);
    // With some more it is the file that is written.
    const later = await runUnder('-n 120', cwd, env, ['backup', '--sql', join(cwd, 'copy.sql')]);
    expect(later).toMatchObject({ code: 6, stderr: expect.stringContaining('[open_files_limit]') });
    // While its files are copied, and while the backup is checked: which number is which depends on Node.js.
    for (const files of [100, 105]) {
      const between = await runUnder(`-n ${files}`, cwd, env, ['backup', join(cwd, `${files}`)]);
      expect(between).toMatchObject({ code: 6, stderr: expect.stringContaining('[open_files_limit]') });
    }
    expect(stderr).not.toMatch(broken);
    expect(await runProgram(['list'], { env, cwd })).toMatchObject({ code: 0 });
  });

  asRoot('names a folder of another user (needs root)', async () => {
    const { env, cwd, folder } = await world();
    chownSync(folder, 54_321, 54_321);
    expect(await runProgram(['list'], { env, cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it belongs to another user'),
    });
  });

  asRoot('names the file of another user in it (needs root, to be that user)', async () => {
    const { env, cwd, folder } = await world();
    const uid = 54_321;
    const ours = join(cwd, 'data');
    cpSync(folder, ours, { recursive: true });
    const others = readdirSync(ours).filter((name) => name !== 'pgdata');
    for (const path of [cwd, ours, ...others.map((name) => join(ours, name))]) chownSync(path, uid, uid);
    chmodSync(cwd, 0o755);
    const { code, stderr } = await runProgram(['list'], {
      env: { ...env, OPSDECK_JOBS_DATA_DIR: ours },
      cwd,
      uid,
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('[data_dir_unusable]') });
    expect(stderr).toContain(join(ours, 'pgdata'));
    expect(stderr).toContain(String(uid));
    expect(stderr).not.toMatch(broken);
  });

  it.skipIf(missingForSmallDisk() !== undefined)('names a file system that is read-only', async () => {
    const { env, cwd, folder } = await world();
    const disk = await mountSmallDisk(200);
    try {
      const dataDir = join(disk.path, 'data');
      cpSync(folder, dataDir, { recursive: true });
      const onDisk = { env: { ...env, OPSDECK_JOBS_DATA_DIR: dataDir }, cwd };
      await disk.remount('ro');
      expect(await runProgram(['list'], onDisk)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/read-only.*\[data_dir_unusable\]/),
      });
      await disk.remount('rw');
      expect(existsSync(join(dataDir, 'pgdata'))).toBe(true);
      expect(await runProgram(['list'], onDisk)).toMatchObject({ code: 0 });
    } finally {
      await disk.remove();
    }
  });
});
