import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../../../bin/command-line.ts';
import { uarExport } from '../../../../jobs/uar/commands/uar-export.action.ts';
import { readComparisonFile } from '../../../../jobs/uar/import/comparison-file.ts';
import { comparisonFileJsonSchema } from '../../../../jobs/uar/import/json-schema.ts';
import { importComparisons } from '../../../../jobs/uar/import/import-comparisons.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { RefusedFile } from '../../../../src/import/problems.ts';
import { inputFiles } from '../../../import/input-files.ts';
import { commandLine } from '../../../support/command-line.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { memoryIo } from '../../../support/memory-io.ts';

const write = inputFiles();

const files = {
  name: 'HR and accounts',
  source_a_type: 'CSV',
  source_a_config: { path: 'hr.csv' },
  source_b_type: 'Active Users',
  key_field_a: 'email',
  key_field_b: 'email',
  schedule_type: 'daily',
  schedule_config: { hour: 7 },
};
const tables = {
  name: 'Roles',
  source_a_type: 'JSON',
  source_a_config: { json_data: [{ id: 'RATE' }] },
  source_b_type: 'Active Users',
  key_field_a: ['id'],
  key_field_b: ['profile', 'e.mail'],
  schedule_type: 'monthly',
  schedule_config: { day_of_month: 31 },
  settings: { key: { trim: true } },
};

onEachDatabase((harness) => {
  it('adds and changes comparisons by name, plans them where their sources belong, and does nothing twice', async () => {
    const clock = fakeClock('2026-11-24T09:30:00Z');
    const database = await harness.fresh({ clock });
    const load = (list: readonly unknown[], dryRun = false) =>
      loadText(JSON.stringify(list).replaceAll('"RATE"', '1.10'), dryRun);
    const loadText = async (text: string, dryRun = false) => {
      const file = await write(text);
      return importComparisons(await readComparisonFile(file, file), file, {
        database,
        dryRun,
        actor: 'os:tester@host',
        signal: new AbortController().signal,
        zones: { business: 'Europe/Madrid', stored: 'UTC' },
      });
    };
    const outcome = { comparisons: 2, added: [], changed: [], unchanged: 0 };
    const both = { ...outcome, added: ['HR and accounts', 'Roles'] };
    expect(await load([files, tables], true)).toEqual(both);
    expect(await stored(database)).toEqual([]);
    expect(await load([files, tables])).toEqual(both);
    expect(await load([tables, files])).toEqual({ ...outcome, unchanged: 2 });
    // What is exported is what is there: the same import changes nothing, and digits stay.
    const exported = await commandLine(harness, database)((io) => uarExport(io, {}, undefined, {}));
    expect(exported).toMatch(
      /^\[\n {2}\{\n {4}"name": "HR and accounts",\n[\s\S]+"json_data":\[\{"id":1\.10\}\][\s\S]+\}\n\]\n$/,
    );
    expect(await loadText(exported)).toEqual({ ...outcome, unchanged: 2 });
    expect(await commandLine(harness, database)((io) => uarExport(io, {}, 'roles', {}))).not.toContain(
      'HR and',
    );
    expect(await stored(database)).toEqual([
      {
        name: 'HR and accounts',
        config: '{"path":"hr.csv"}',
        next: null,
        ours: '2026-11-25 06:00:00',
        settings: {},
        threshold: 1,
        severity: 'SEV-2',
      },
      {
        name: 'Roles',
        config: '{"json_data":[{"id":1.10}]}',
        next: '2026-11-30 07:00:00',
        ours: null,
        settings: { key: { trim: true } },
        threshold: 1,
        severity: 'SEV-2',
      },
    ]);

    // What somebody set in OpsDeck, and a time that has moved on, stay; what the file says changes.
    await sql`update uar_comparison set min_findings_threshold = 9, next_run_at = '2027-01-31 07:00'
      where name = 'Roles'`.execute(database.db);
    const { settings: _, ...rest } = tables;
    expect(await load([{ ...rest, auto_incident_severity: 'SEV-1' }])).toEqual({
      comparisons: 1,
      added: [],
      changed: ['Roles'],
      unchanged: 0,
    });
    expect((await stored(database))[1]).toMatchObject({
      next: '2027-01-31 07:00:00',
      threshold: 9,
      severity: 'SEV-1',
      settings: { key: { trim: true } },
    });
    // Another type of source, another keeper of the schedule.
    const moved = { ...rest, source_a_type: 'API', source_a_config: { url: 'https://hr.example/people' } };
    await load([moved, { ...files, schedule_type: 'manual' }]);
    expect(await stored(database)).toMatchObject([
      { name: 'HR and accounts', next: null, ours: null },
      { name: 'Roles', next: null, ours: '2026-11-30 07:00:00' },
    ]);
    const log = await sql<{ action: string }>`select action from opsdeck_jobs.action_log`.execute(
      database.db,
    );
    expect(log.rows).toEqual(Array.from({ length: 3 }, () => ({ action: 'import.comparisons' })));

    await sql`insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b)
      values ('Roles', 'JSON', 'JSON', 'a', 'b')`.execute(database.db);
    await expect(load([tables])).rejects.toMatchObject({ code: 'comparison_ambiguous', exitCode: 2 });
  });
});

async function stored(database: OpenDatabase): Promise<unknown[]> {
  const { rows } = await sql`
    select c.name, replace(c.source_a_config::text, ' ', '') as config, c.next_run_at::text as next,
      (o.next_run_at at time zone 'UTC')::text as ours, o.settings,
      c.min_findings_threshold as threshold, c.auto_incident_severity as severity
    from uar_comparison c join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id order by c.name`.execute(
    database.db,
  );
  return rows;
}

it('lists every problem of a file with its place and path', async () => {
  const bad = [
    { ...files, foo: 1, name: ' ' },
    {
      ...files,
      source_a_config: { delimiter: 'x' },
      source_b_type: 'Enterprise Report',
      notification_channels: ['fax'],
    },
    {
      ...files,
      source_b_type: 'Database Query',
      source_b_config: { query: 'select 1; select 2' },
      schedule_config: { hour: 24 },
    },
    { ...files, description: 'a\u0000b', settings: { key: { trimm: true } } },
    'no object',
  ];
  const file = await write(JSON.stringify(bad, null, 1));
  const refused = await readComparisonFile(file, 'c.json').catch((error: unknown) => error);
  if (!(refused instanceof RefusedFile)) throw refused;
  expect(refused.problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^\[0\] unrecognized key: "foo"; known keys: name, description, source_a_type, /),
    '[0].name must have at least 1 character',
    '[1] There is no channel "fax": left out.',
    '[1].source_a_config.path is missing',
    '[1].source_a_config.delimiter must be "," or ";" or "\\t" or "|"',
    expect.stringContaining('[1].source_b_type cannot be used: Enterprise reports need'),
    '[2].name is the name of number 2, too',
    '[2].schedule_config its schedule is wrong: hour is 24, and can be 0 to 23',
    expect.stringContaining('[2].source_b_config.query has a semicolon'),
    expect.stringContaining('[3].description holds a character that no text column can store'),
    '[3].settings.key unrecognized key: "trimm"; did you mean "trim"?; known keys: trim, case_fold, unicode_nfc, strip_domain',
    '[4] must be an object',
  ]);
  for (const [text, code] of [
    ['{"name": 1}', 'not_a_list_of_comparisons'],
    ['[]', 'file_without_comparisons'],
    ['[{"name": }]', 'not_json'],
  ] as const) {
    const path = await write(text);
    await expect(readComparisonFile(path, 'c.json')).rejects.toMatchObject({ code, exitCode: 2 });
  }
});

it('the JSON Schema takes what the import takes, by the type of each source, and has no key more', () => {
  const { items } = comparisonFileJsonSchema();
  expect(items.required?.toSorted()).toEqual(
    ['key_field_a', 'key_field_b', 'name', 'source_a_type', 'source_b_type'].toSorted(),
  );
  expect(items.additionalProperties).toBe(false);
  const csv = items.allOf
    .filter(({ anyOf: [otherType] }) => JSON.stringify(otherType).includes('"CSV"'))
    .map(({ anyOf: [, ofType] }) => ofType);
  expect(csv.map(({ properties }) => Object.keys(properties))).toEqual([
    ['source_a_config'],
    ['source_b_config'],
  ]);
  expect(csv[0]).toMatchObject({
    required: ['source_a_config'],
    properties: { source_a_config: { required: ['path'], properties: { path: { type: 'string' } } } },
  });
});

it('uar import prints the problems, and opens no database for a file that has some', async () => {
  const file = await write('[{"name": "x"}]');
  const memory = memoryIo({ env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }, cwd: '/' });
  expect(await runCommandLine(['uar', 'import', file], memory.io)).toBe(2);
  expect(memory.stdout()).toBe('');
  expect(memory.stderr()).toContain(`${file}:1:2: [0].source_a_type must be "Active Users" or`);
  expect(memory.stderr()).toContain('problems; nothing was written.');
});
