import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommandLine } from '../../../bin/command-line.ts';
import { places } from '../../../bin/places.ts';
import { playDemo } from '../../../jobs/demo/play.ts';
import { typedLines } from '../../../jobs/demo/typed-line.ts';
import { onEmbedded } from '../../support/databases.ts';
import { memoryIo } from '../../support/memory-io.ts';
import { visit } from '../../support/program-database.ts';

let folders: string[] = [];
afterEach(async () => {
  const due = folders;
  folders = [];
  for (const folder of due) await rm(folder, { recursive: true, force: true });
});

/** An environment that would lead every other command astray. */
const hostile = {
  DATABASE_URL: 'postgresql://nobody:secret@nowhere.invalid/db',
  OPSDECK_JOBS_DATA_DIR: '/proc/nothing',
  OPSDECK_JOBS_TYPO: '1',
  TIMEZONE: 'Mars/Olympus',
};

const found = {
  regressions: { critical: 2, high: 2, medium: 3 },
  improvements: 2,
  first_measurements: 1,
  scope: { added: 1, removed: 0, became_not_applicable: 1, became_applicable: 0 },
  messages_queued: 2,
};

it('shows the whole story, whatever is configured and wherever it is started, and leaves a database to look at', async () => {
  const { io, stdout, stderr } = memoryIo({ env: hostile, cwd: '/' });
  expect(await runCommandLine(['demo'], io)).toBe(0);
  const folder = /The database is in (\S+)\./.exec(stdout())?.[1] ?? '';
  expect(existsSync(folder)).toBe(true);
  folders.push(folder);

  const headings = [
    ...[
      '1. A week ago',
      '2. A week goes by',
      '3. Today',
      '4. What turns next',
      '5. The mail that the administrators get',
    ],
    ...[
      '6. Who has access',
      '7. What ends soon',
      '8. A page',
      '9. Look further',
      '10. Now with your own data',
    ],
  ];
  const places = headings.map((heading) => stdout().indexOf(`\n${heading}`));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  const typed = stdout()
    .replaceAll(' \\\n   ', '')
    .match(/^\$ .*$/gm);
  expect(typed).toEqual([
    '$ opsdeck-jobs run-job compliance-drift',
    '$ opsdeck-jobs run-job compliance-drift',
    '$ opsdeck-jobs controls forecast --days 30',
    '$ opsdeck-jobs run-job communications',
    '$ opsdeck-jobs uar compare hr.csv accounts.csv --key email --no-fields --where-a status=Active',
    '$ opsdeck-jobs import certificates certificates.csv',
    '$ opsdeck-jobs expiry list',
    '$ opsdeck-jobs report drift --days 30 --format html --output drift.html',
    `$ ${platform() === 'darwin' ? 'open' : 'xdg-open'} ${folder}/drift.html`,
    // An address in the environment would win over the folder.
    `$ DATABASE_URL= OPSDECK_JOBS_DATA_DIR=${folder} opsdeck-jobs status`,
    `$ DATABASE_URL= OPSDECK_JOBS_DATA_DIR=${folder} opsdeck-jobs verify drift`,
    `$ DATABASE_URL= OPSDECK_JOBS_DATA_DIR=${folder} opsdeck-jobs daemon --listen 127.0.0.1:9464`,
    `$ rm -r ${folder}`,
    "$ printf 'name,expires_on\\nMy site,2030-01-31\\n' > certificates.csv",
    '$ opsdeck-jobs import certificates certificates.csv',
    '$ opsdeck-jobs expiry list --days 3650',
  ]);
  expect(
    stdout()
      .split('\n')
      .filter((line) => line.length > 80 && !line.includes(folder)),
  ).toEqual([]);
  for (const word of ['critical', 'high', 'medium', 'improvement', 'first measurement', 'scope']) {
    expect(stdout()).toContain(word);
  }
  expect(stdout()).toContain('email to ana@demo.example, email to bo@demo.example');
  expect(stdout()).toContain(
    '2 mails arrived\nFrom: OpsDeck <opsdeck@demo.example>\nTo: Ana Ortiz <ana@demo.example>; Bo Lind <bo@demo.example>\nSubject: Compliance drift: 7 regressions (2 critical, 2 high, 3 medium)\n\n7 controls have got worse\n',
  );
  expect(stdout()).toMatch(/critical +Right Only \(B\) +eva@demo\.example/);
  expect(stdout()).toMatch(/in 5 days +certificate:\d+ +Customer portal +Ana Ortiz/);
  expect(await readFile(join(folder, 'drift.html'), 'utf8')).toContain('id="end"');
  expect(`${stdout()}${stderr()}`).not.toContain('nowhere.invalid');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);

  // The commands that it names work on what it left.
  const further = memoryIo({ env: { OPSDECK_JOBS_DATA_DIR: folder, HOME: folder }, cwd: folder });
  expect(await runCommandLine(['report', 'drift', '--days', '30', '--json'], further.io)).toBe(0);
  expect(JSON.parse(further.stdout())).toMatchObject({ schema: 1 });
  const check = memoryIo({ env: { OPSDECK_JOBS_DATA_DIR: folder, HOME: folder }, cwd: folder });
  // Nothing runs the schedules of what the demo left, and that is all there is to say.
  expect(await runCommandLine(['list', '--check', '--json'], check.io)).toBe(4);
  const { jobs } = z
    .object({ jobs: z.array(z.object({ state: z.string() })) })
    .parse(JSON.parse(check.stdout()));
  expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['no_scheduler']));
}, 180_000);

it('prints one JSON document with both runs', async () => {
  const { io, stdout } = memoryIo({ env: { npm_command: 'exec' } });
  expect(await runCommandLine(['demo', '--json'], io)).toBe(0);
  const document = z
    .object({ folder: z.string(), commands: z.array(z.string()), runs: z.array(z.unknown()) })
    .parse(JSON.parse(stdout()));
  folders.push(document.folder);
  expect(document.commands[0]).toBe('npx opsdeck-jobs run-job compliance-drift');
  expect(document.runs).toMatchObject([
    { status: 'succeeded', result: { baseline: true, messages_queued: 0 } },
    { status: 'succeeded', result: { baseline: false, ...found } },
  ]);
}, 180_000);

onEmbedded((harness) => {
  it.each(['2024-03-01T00:00:30Z', '2024-12-31T23:59:59Z', '2025-03-30T01:30:00Z'])(
    'finds the same at %s: the days of the story do not depend on the day',
    async (now) => {
      const config = await harness.config();
      if (config.kind !== 'embedded') throw new Error('not an embedded database');
      const results: unknown[] = [];
      await playDemo({
        folder: config.dataDir,
        now: new Date(now),
        logger: pino({ level: 'silent' }),
        stop: new AbortController().signal,
        onRun: ({ result }) => results.push(result),
        onEnd: async () => undefined,
      });
      expect(results).toMatchObject([
        {
          baseline: true,
          controls: 35,
          status: { compliant: 17, manual: 10, uncovered: 4, not_applicable: 1 },
        },
        { baseline: false, controls: 36, ...found },
      ]);
      await visit(config, async ({ db }) => {
        const runs = await db
          .selectFrom('opsdeck_jobs.job_run')
          .select('started_at')
          .orderBy('started_at')
          .execute();
        const [first, second] = runs.map((run) => run.started_at.getTime());
        expect(Math.round(((second ?? 0) - (first ?? 0)) / 86_400_000)).toBe(7);
        const messages = await db
          .selectFrom('opsdeck_jobs.message')
          .select('destination')
          .orderBy('destination')
          .execute();
        expect(messages).toEqual([{ destination: 'ana@demo.example' }, { destination: 'bo@demo.example' }]);
      });
    },
  );
});

it('Ctrl-C leaves one sentence, and no folder', async () => {
  const controller = new AbortController();
  const { io, stderr } = memoryIo({ stop: controller.signal });
  controller.abort('SIGINT');
  expect(await runCommandLine(['demo'], io)).toBe(130);
  expect(stderr()).toContain('Interrupted by SIGINT.');
  const folder = /Making a database in (\S+) /.exec(stderr())?.[1];
  expect(folder).toBeDefined();
  expect(existsSync(folder ?? '/')).toBe(false);
});

it('serves the pages until it is stopped, with the commands of other terminals, and leaves no folder', async () => {
  const controller = new AbortController();
  const written: string[] = [];
  const pages = new EventEmitter();
  const opened = once(pages, 'opened');
  const stdout = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      if (String(chunk).includes('Ctrl-C ends the pages')) pages.emit('opened');
      done();
    },
  });
  const { io, stderr } = memoryIo({ stop: controller.signal, stdout, loadPlaces: async () => places });
  const demo = runCommandLine(['demo', '--serve'], io);
  await Promise.race([opened, demo]);
  const url = /Open (http:\S+) in a browser/.exec(written.join(''))?.[1] ?? '';
  expect(await (await fetch(new URL('/controls', url))).text()).toContain('Knowing current threats');
  const folder = /Making a database in (\S+) /.exec(stderr())?.[1] ?? '/';
  const other = memoryIo({ env: { OPSDECK_JOBS_DATA_DIR: folder, HOME: folder }, cwd: folder });
  expect(await runCommandLine(['messages', 'list', '--json'], other.io)).toBe(0);
  controller.abort('SIGINT');
  expect(await demo).toBe(0);
  expect(existsSync(folder)).toBe(false);
}, 180_000);

it.each([
  ['a b c', 80, ['$ a b c']],
  ["x 'one two' three", 12, ['$ x \\', "    'one two' \\", '    three']],
  [`rm /${'y'.repeat(90)}`, 80, ['$ rm \\', `    /${'y'.repeat(90)}`]],
])('a command that is copied works: %s', (command, columns, lines) => {
  expect(typedLines(command, columns)).toEqual(lines);
});
