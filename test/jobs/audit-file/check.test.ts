import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFile } from '../../../jobs/audit-file/zip/check.ts';
import { manifestText, readManifest, sha256Of } from '../../../jobs/audit-file/zip/manifest.ts';
import { type Entries, packed, withManifest } from './archive.ts';

const entries: Entries = [
  ['a.csv', 'one'],
  ['folder/b.csv', 'two'],
];
const listed = entries.map(([path, content]) => ({ path, sha256: sha256Of(content) }));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function findingsOf(found: Entries): Promise<readonly string[]> {
  const file = join(folder, 'one.zip');
  await packed(file, found);
  const { findings } = await checkFile(file);
  return findings.map(({ problem, path }) => `${problem} ${path}`);
}

it.each<[string, Entries, readonly string[]]>([
  ['as it was made', withManifest(entries, listed), []],
  ['with a changed file', withManifest([['a.csv', 'One'], ...entries.slice(1)], listed), ['changed a.csv']],
  ['without a listed file', withManifest(entries.slice(1), listed), ['missing a.csv']],
  ['with a file that is not listed', withManifest([...entries, ['c.csv', '']], listed), ['added c.csv']],
  [
    'with two files of one name, the first as it was',
    withManifest([...entries, ['a.csv', 'other']], listed),
    ['duplicate a.csv'],
  ],
  [
    'with two manifests',
    [...withManifest(entries, listed), ...withManifest([], [])],
    ['duplicate MANIFEST.txt'],
  ],
  ['without a manifest', entries, ['no_manifest MANIFEST.txt']],
  ['with another manifest', [...entries, ['MANIFEST.txt', 'x\n']], ['no_manifest MANIFEST.txt']],
])('finds what is wrong with an archive %s', async (_, found, expected) => {
  expect(await findingsOf(found)).toEqual(expected);
});

it('finds an archive that was cut, changed inside or led out of its folder', async () => {
  const file = join(folder, 'whole.zip');
  await packed(file, withManifest(entries, listed));
  const whole = await readFile(file);
  const problemsOf = async (bytes: Buffer) => {
    const path = join(folder, 'changed.zip');
    await writeFile(path, bytes);
    return (await checkFile(path)).findings.map(({ problem }) => problem);
  };
  expect(await problemsOf(whole)).toEqual([]);
  expect(await problemsOf(whole.subarray(0, -30))).toContain('unreadable');
  const changed = Buffer.from(whole);
  const start = changed.indexOf('a.csv') + 'a.csv'.length;
  changed[start] = (changed[start] ?? 0) ^ 0xff;
  expect(await problemsOf(changed)).toContain('unreadable');
  const leading = Buffer.from(whole.toString('latin1').replaceAll('folder/b.csv', '../../../b.c'), 'latin1');
  expect(await problemsOf(leading)).toContain('unreadable');
});

it('refuses to unpack what becomes far larger than the archive', async () => {
  const file = join(folder, 'bomb.zip');
  const large = '0'.repeat(24 * 1024 * 1024);
  await packed(file, withManifest([['a.csv', large]], [{ path: 'a.csv', sha256: sha256Of(large) }]));
  expect((await checkFile(file)).findings.map(({ problem }) => problem)).toContain('too_large');
});

it('reads no manifest that is a part of one', () => {
  const text = manifestText(
    {
      ...{ framework: 'ISO\n27001', from: '2026-01-01', to: '2026-01-02', made: 'x', program: 'y' },
      head: { day: '2026-01-02', hash: 'a'.repeat(64) },
      timestamp: {
        ...{ day: '2026-01-01', hash: 'b'.repeat(64), stampedAt: new Date('2026-01-01T07:00:00Z') },
        url: 'https://tsa.example.org/tsr',
      },
    },
    listed,
  );
  expect(readManifest(text)).toMatchObject({ head: 'a'.repeat(64) });
  const lines = text.split('\n');
  for (const index of lines.keys()) {
    if (lines[index]?.startsWith('# ') === true && !/audit file|files/.test(lines[index])) continue;
    expect(readManifest(lines.toSpliced(index, 1).join('\n'))).toBeNull();
  }
});
