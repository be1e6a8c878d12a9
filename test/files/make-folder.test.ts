import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from '../../src/files/make-folder.ts';
import { jobsFolder } from '../support/job-files.ts';

it('makes the folder and those above it, each with the mode, and reports whether it did', async () => {
  const base = jobsFolder({});
  const path = join(base, 'a', 'b', 'c');
  expect(await makeFolder(path, 0o700)).toBe(true);
  for (const made of ['a', 'a/b', 'a/b/c']) expect(statSync(join(base, made)).mode & 0o777).toBe(0o700);
  expect(await makeFolder(path, 0o700)).toBe(false);
});

it.runIf(process.platform === 'linux').each(['/proc/x', '/proc/x/y/z', '/proc/self/x'])(
  'where no folder can be made it fails, and does not try for ever: %s',
  async (path) => {
    await expect(makeFolder(path, 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

it('fails where something else is in its place or on the way', async () => {
  const base = jobsFolder({});
  writeFileSync(join(base, 'file'), '');
  symlinkSync('nowhere', join(base, 'link'));
  await expect(makeFolder(join(base, 'file'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(base, 'file', 'x'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeFolder(join(base, 'link'), 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
});
