import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOutputFile } from '../../src/cli/output-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-output-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writing a result to a file', () => {
  it('takes the name relative to the working folder and leaves nothing else there', async () => {
    await writeOutputFile(folder, 'drift.md', 'änderung\n');
    expect(await readFile(join(folder, 'drift.md'), 'utf8')).toBe('änderung\n');
    expect(await readdir(folder)).toEqual(['drift.md']);
  });

  it('replaces what was there', async () => {
    await writeFile(join(folder, 'drift.md'), 'a much longer text than the new one');
    await writeOutputFile(folder, 'drift.md', 'new');
    expect(await readFile(join(folder, 'drift.md'), 'utf8')).toBe('new');
  });

  it('follows a link instead of replacing it', async () => {
    await writeFile(join(folder, 'target'), 'old');
    await symlink('target', join(folder, 'link'));
    await writeOutputFile(folder, 'link', 'new');
    expect(await readlink(join(folder, 'link'))).toBe('target');
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('new');
  });

  it('refuses a directory, reports it, and leaves nothing in it', async () => {
    await mkdir(join(folder, 'reports'));
    await expect(writeOutputFile(folder, 'reports', 'x')).rejects.toMatchObject({
      code: 'output_not_writable',
      exitCode: 2,
      message: `Cannot write ${join(folder, 'reports')}: it is a directory.`,
    });
    expect(await readdir(join(folder, 'reports'))).toEqual([]);
  });

  it.each([
    ['a folder that does not exist', 'missing/drift.md', 'its folder does not exist'],
    ['a folder that is a file', 'file/drift.md', 'its folder is a file'],
    ['a name that is too long', 'x'.repeat(300), 'the name is too long'],
  ])('refuses %s with a sentence', async (_, name, reason) => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeOutputFile(folder, name, 'x')).rejects.toThrow(`: ${reason}.`);
    expect(await readdir(folder)).toEqual(['file']);
  });
});
