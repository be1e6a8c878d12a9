import { chmodSync, chownSync, renameSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { jobs as ownJobs } from '../../../jobs/index.ts';
import { loadUserJobs } from '../../../src/job/user-jobs/load-user-jobs.ts';
import { jobsFolder, jobText, writeJobFile } from '../../support/job-files.ts';

async function load(...folders: readonly string[]) {
  const { jobs, broken } = await loadUserJobs(folders, ownJobs);
  return { jobs, names: jobs.map(({ name }) => name), broken };
}

/** The one reason of a folder with one file. */
async function reasonOf(text: string): Promise<string | undefined> {
  const { jobs, broken } = await load(jobsFolder({ 'own.mjs': text }));
  expect(jobs).toEqual([]);
  return broken[0]?.reason;
}

it('loads *.js and *.mjs directly in the folders, by folder and then by name of the file', async () => {
  const first = jobsFolder({
    'b.mjs': jobText('job-b'),
    'a.js': jobText('job-a'),
    'notes.txt': 'nothing',
    'data.json': '{}',
    'lib/inside.mjs': jobText('job-inside'),
  });
  const second = jobsFolder({ 'a.mjs': jobText('job-c') });
  const { names, broken } = await load(second, first, second);
  expect({ names, broken }).toEqual({ names: ['job-c', 'job-a', 'job-b'], broken: [] });
});

it('a file may export several jobs', async () => {
  const text = `${jobText('job-a').replace('export default', 'const one =')}
    export default [one, { ...one, name: 'job-b' }];`;
  expect((await load(jobsFolder({ 'own.mjs': text }))).names).toEqual(['job-a', 'job-b']);
});

it('the schemas of a job are those of this very zod, although nothing is installed beside the file', async () => {
  const { jobs } = await load(jobsFolder({ 'own.mjs': jobText('job-a') }));
  expect(jobs[0]?.params).toBeInstanceOf(z.ZodObject);
  expect(jobs[0]?.params.constructor).toBe(z.ZodObject);
});

describe('a broken file is reported with the reason and does not stop the others:', () => {
  const valid = { 'a.mjs': jobText('job-a'), 'z.mjs': jobText('job-z') };
  it.each([
    ['one that throws', "throw new Error('no such luck');", 'Error: no such luck'],
    ['one that throws no error', "throw 'luck';", 'it throws luck'],
    ['one that is no JavaScript', 'export default {', 'SyntaxError: Unexpected end of input'],
    [
      'one that imports what is not there',
      "import 'no-such-package';",
      "Cannot find package 'no-such-package'",
    ],
    ['one without a default export', 'export const job = 1;', 'it exports no job'],
    ['one that exports something else', 'export default 42;', 'what it exports is not a job'],
    ['one that exports an empty list', 'export default [];', 'has no job in it'],
  ])('%s', async (_, text, reason) => {
    const folder = jobsFolder({ ...valid, 'm.mjs': text });
    const { names, broken } = await load(folder);
    expect(names).toEqual(['job-a', 'job-z']);
    expect(broken).toEqual([{ file: join(folder, 'm.mjs'), reason: expect.stringContaining(reason) }]);
  });

  it('one whose import never ends', async () => {
    // Only the time of the limit is not real: a machine under load imports the others later than any limit that a test could wait for.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
      Reflect.deleteProperty(globalThis, 'importBegan');
    });
    const began = new Promise((resolve) => Reflect.set(globalThis, 'importBegan', resolve));
    const endless = 'globalThis.importBegan(); await new Promise(() => undefined);';
    const folder = jobsFolder({ ...valid, 'm.mjs': endless });
    const loading = load(folder);
    await began;
    vi.advanceTimersByTime(10_000);
    expect(await loading).toMatchObject({
      names: ['job-a', 'job-z'],
      broken: [{ file: join(folder, 'm.mjs'), reason: 'Error: importing it took longer than 10 s' }],
    });
  });

  it('of a list with one wrong job none is taken', async () => {
    const text = `${jobText('job-m').replace('export default', 'const one =')} export default [one, { ...one, name: 'Job M' }];`;
    const { names, broken } = await load(jobsFolder({ ...valid, 'm.mjs': text }));
    expect(names).toEqual(['job-a', 'job-z']);
    expect(broken[0]?.reason).toBe('job 2: name: must be kebab-case, such as invoice-check');
  });
});

describe('a job is checked whole before anything is done with it:', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a name that is not kebab-case', { name: "'Invoice_Check'" }, 'name: must be kebab-case'],
    [
      'a bad schedule',
      { schedule: "'61 * * * *'" },
      "schedule: the schedule '61 * * * *' of the job is not valid: the field minute",
    ],
    ['a bad time limit', { timeout: "'soon'" }, 'timeout: must be a time longer than nothing'],
    ['a time limit of nothing', { timeout: "'0s'" }, 'timeout: must be a time longer than nothing'],
    ['a bad misfire policy', { misfire: "'all'" }, "misfire: must be 'latest' or 'skip'"],
    [
      'tables as a list',
      { requires: "['user']" },
      'requires: must be an object of tables with their columns',
    ],
    ['no schema of parameters', { params: '{}' }, 'params: must be a schema'],
    ['no schema of settings', { settings: 'undefined' }, 'settings: must be a schema'],
    ['a schema that lets unknown names pass', { params: 'z.object({})' }, 'params: must be strict'],
    [
      'a schema that answers later',
      { settings: 'z.strictObject({ x: z.string().default("a").refine(async () => true) })' },
      'settings: must be a schema without asynchronous checks',
    ],
    ['no work', { run: "'select 1'" }, 'run: must be a function'],
    ['no way to show its result', { present: 'null' }, 'present: must be a function'],
    ['a misspelt property', { nothingEvaluted: '() => null' }, 'nothingEvaluted: not known in a job'],
  ])('%s', async (_, changes, reason) => {
    expect(await reasonOf(jobText('job-a', changes))).toContain(reason);
  });

  it('everything that is wrong is reported at once, what is not there as missing', async () => {
    const reason = await reasonOf("export default { name: 'A', schedule: '@daily' };");
    for (const part of [
      'name: must be kebab-case',
      'run: is missing',
      'params: is missing',
      'timeout: is missing',
    ])
      expect(reason).toContain(part);
  });
});

describe('names', () => {
  it('one of the program’s own cannot be taken', async () => {
    expect(await reasonOf(jobText('compliance-drift'))).toBe(
      'the name compliance-drift is taken by the program itself',
    );
  });

  it('whoever was first keeps it, also within a file', async () => {
    const folder = jobsFolder({
      'a.mjs': jobText('job-a'),
      'b.mjs': jobText('job-a'),
      'c.mjs': `${jobText('job-c').replace('export default', 'const one =')} export default [one, one];`,
    });
    const { names, broken } = await load(folder);
    expect(names).toEqual(['job-a']);
    expect(broken.map(({ reason }) => reason)).toEqual([
      `the name job-a is taken by ${join(folder, 'a.mjs')}`,
      'it has two jobs named job-c',
    ]);
  });
});

it('a file that has been mended is taken in by the same process, which Node would not do by itself', async () => {
  const folder = jobsFolder({ 'own.mjs': "throw new Error('not yet');" });
  expect((await load(folder)).broken).toHaveLength(1);
  const path = writeJobFile(folder, 'own.mjs', jobText('job-a'));
  utimesSync(path, 1, 1);
  expect((await load(folder)).names).toEqual(['job-a']);
});

describe('nothing is run that somebody else can have written:', () => {
  const mark = 'globalThis.plantedJobRan = true;';
  const ran = () => Reflect.get(globalThis, 'plantedJobRan') === true;

  it.each([0o664, 0o646, 0o666])('a file of mode %o is not imported', async (mode) => {
    const folder = jobsFolder({ 'a.mjs': jobText('job-a'), 'own.mjs': mark });
    chmodSync(join(folder, 'own.mjs'), mode);
    const { names, broken } = await load(folder);
    expect(names).toEqual(['job-a']);
    expect(broken).toEqual([
      {
        file: join(folder, 'own.mjs'),
        reason: expect.stringContaining('others than its owner may write it'),
      },
    ]);
    expect(ran()).toBe(false);
  });

  it.each([0o775, 0o757, 0o1777])('nothing in a folder of mode %o is imported', async (mode) => {
    const folder = jobsFolder({ 'own.mjs': mark });
    chmodSync(folder, mode);
    const { broken } = await load(folder);
    expect(broken).toEqual([
      { file: folder, reason: expect.stringContaining('others than its owner may write it') },
    ]);
    expect(ran()).toBe(false);
  });

  it('symbolic links are judged by where they lead', async () => {
    const elsewhere = jobsFolder({ 'good.mjs': jobText('job-a'), 'bad.mjs': mark });
    chmodSync(join(elsewhere, 'bad.mjs'), 0o666);
    const folder = jobsFolder({});
    symlinkSync(join(elsewhere, 'good.mjs'), join(folder, 'good.mjs'));
    symlinkSync(join(elsewhere, 'bad.mjs'), join(folder, 'bad.mjs'));
    symlinkSync(join(folder, 'gone'), join(folder, 'gone.mjs'));
    const { names, broken } = await load(folder);
    expect(names).toEqual(['job-a']);
    expect(broken.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('others than its owner may write it'),
      'there is no such file',
    ]);
    expect(ran()).toBe(false);
  });

  it('a link into a folder where others may exchange the file after it was judged is not followed', async () => {
    const elsewhere = jobsFolder({ 'own.mjs': mark });
    chmodSync(elsewhere, 0o777);
    const folder = jobsFolder({});
    symlinkSync(join(elsewhere, 'own.mjs'), join(folder, 'own.mjs'));
    expect((await load(folder)).broken[0]?.reason).toContain(
      `its folder ${elsewhere} is not safe: others than its owner may write it`,
    );
    expect(ran()).toBe(false);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'a file or a folder of another user is not imported (needs root, to give it away)',
    async () => {
      const folder = jobsFolder({ 'own.mjs': mark });
      chownSync(join(folder, 'own.mjs'), 65_534, 65_534);
      expect((await load(folder)).broken[0]?.reason).toContain('it belongs to another user');
      const other = jobsFolder({ 'own.mjs': mark });
      chownSync(other, 65_534, 65_534);
      expect((await load(other)).broken).toEqual([
        { file: other, reason: expect.stringContaining('it belongs to another user') },
      ]);
      expect(ran()).toBe(false);
    },
  );

  it('a folder that is not there, or is a file, is reported', async () => {
    const folder = jobsFolder({ 'a.mjs': jobText('job-a') });
    renameSync(join(folder, 'a.mjs'), join(folder, 'a.txt'));
    const { broken } = await load(join(folder, 'gone'), join(folder, 'a.txt'));
    expect(broken.map(({ reason }) => reason)).toEqual(['there is no such folder', 'it is not a folder']);
  });
});
