import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { runCommandLine } from '../../../../bin/command-line.ts';
import { readComparison } from '../../../../jobs/uar/commands/comparison-options.ts';
import { OperatorError } from '../../../../src/errors/operator-error.ts';
import { onPostgres } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';

const people = 'email,department,role\nann@x.org,Sales,user\nbob@x.org,IT,user\nCid@x.org,IT,\n,IT,user\n';
const accounts = 'login;department;role\nann@x.org;Finance;user\ncid@x.org;IT; \neve@x.org;"a;b";user\n';

/** Two files in a folder of their own. */
async function twoFiles(): Promise<string> {
  const folder = await mkdtemp(join(inject('scratch'), 'compare-'));
  await writeFile(join(folder, 'people.csv'), people);
  await writeFile(join(folder, 'accounts.csv'), accounts);
  return folder;
}

const compare = ['uar', 'compare', 'people.csv', 'accounts.csv', '--key', 'email', '--key-b', 'login'];

describe('uar compare without a database', () => {
  it('lists the findings and what was not compared, writes no file, and exits 4 for what is grave enough', async () => {
    const { io, stdout, stderr } = memoryIo({ cwd: await twoFiles() });
    expect(await runCommandLine([...compare, '--fail-on', 'critical'], io)).toBe(4);
    expect(stderr()).toBe('');
    expect(stdout()).toBe(`A: people.csv, 4 rows. B: accounts.csv, 3 rows.
1 key in both; compared: department, role.
people.csv: 1 row without a key not compared (row 4).
1 key without a partner would have one but for white space, capital letters, accents or characters that look alike, such as 'Cid@x.org' and 'cid@x.org'; see --trim, --ignore-case and --nfc.
5 findings: 2 critical, 2 high, 1 medium.

SEVERITY  TYPE            KEY        WHAT
critical  Right Only (B)  cid@x.org  Only in B: no row of A has this key. A has 'Cid@x.org', which looks the same.
critical  Right Only (B)  eve@x.org  Only in B: no row of A has this key.
high      Left Only (A)   Cid@x.org  Only in A: no row of B has this key. B has 'cid@x.org', which looks the same.
high      Left Only (A)   bob@x.org  Only in A: no row of B has this key.
medium    Mismatch        ann@x.org  department: 'Sales' in A, 'Finance' in B.
`);
  });
});

onPostgres((harness) => {
  it('computes in the configured database on request, leaves nothing there, and explains in one sentence what is wrong', async () => {
    const database = await harness.fresh();
    const config = harness.configOf(database);
    if (config.kind !== 'postgres') throw new Error('not a server');
    const cwd = await twoFiles();
    const run = (...args: string[]) => runOf([...compare, '--database', ...args]);
    const runOf = async (args: readonly string[]) => {
      const { io, stdout, stderr } = memoryIo({
        cwd,
        env: { DATABASE_URL: config.url, HOME: cwd, TIMEZONE: 'UTC' },
      });
      return {
        code: await runCommandLine([...args], io),
        out: stdout(),
        err: stderr(),
      };
    };

    const json = await run(
      '--json',
      '--ignore-case',
      '--trim',
      '--privileged',
      'department',
      '--fail-on',
      'critical',
    );
    expect(json.code).toBe(4);
    expect(JSON.parse(json.out)).toMatchObject({
      schema: 1,
      a: { file: 'people.csv', rows: 4 },
      fields: [
        { field_a: 'department', field_b: 'department' },
        { field_a: 'role', field_b: 'role' },
      ],
      compared: 2,
      severities: { critical: 1, high: 2, medium: 0, low: 0 },
      findings: [
        {
          type: 'Right Only (B)',
          key: 'eve@x.org',
          b: { login: 'eve@x.org', department: 'a;b', role: 'user' },
        },
        { type: 'Left Only (A)', key: 'bob@x.org' },
        {
          type: 'Mismatch',
          key: 'ann@x.org',
          severity: 'high',
          differences: [{ value_a: 'Sales', value_b: 'Finance' }],
        },
      ],
    });

    const csv = await run('--format', 'csv', '--fields', 'department');
    expect(csv).toMatchObject({ code: 0, err: expect.stringContaining('1 row without a key not compared') });
    expect(csv.out.split('\r\n')).toContain(
      `medium,Mismatch,ann@x.org,department,department,,changed,Sales,Finance,"department: 'Sales' in A, 'Finance' in B."`,
    );

    const left = await run(
      '--where-a',
      'department=it',
      '--ignore-case',
      '--only',
      'right',
      '--show-excluded',
    );
    expect(left.code).toBe(0);
    expect(left.out).toContain('people.csv: 1 of 4 rows excluded by the filter (department = it).');
    expect(left.out).toContain('1 key only in people.csv not reported (only right).');
    expect(left.out).toContain('A has it in row 1, which the filter excludes');
    expect(left.out).toMatch(
      /Excluded rows\n+FILE +ROW +KEY +WHAT THE FILTER READ\npeople.csv +1 +ann@x.org +department 'Sales'\n/,
    );
    expect(await run('--where-a', 'department')).toMatchObject({
      code: 2,
      err: expect.stringContaining("'department' is no condition of rows."),
    });

    const names = Array.from({ length: 600 }, (_, index) => `column number ${index}`);
    const wide = ['email', 'name', 'note', ...names, '', ''].join(',');
    const values = names.map((name) => `value of ${name}`).join(',');
    const unnamed = (end: string) =>
      `${wide}\nann@x.org,Ann Ä,"two\r\nlines",${values},,${end}\neve@x.org,Eve,,${values},,\n`;
    await writeFile(join(cwd, 'wide.csv'), Buffer.from(unnamed(''), 'latin1'));
    await writeFile(join(cwd, 'narrow.csv'), 'email,note\nann@x.org,"two\nlines"\n');
    const wideArgs = [
      'uar',
      'compare',
      'wide.csv',
      'narrow.csv',
      '--key',
      'email',
      '--database',
      '--trim',
      '--show',
      'name',
    ];
    const shown = await runOf([
      ...wideArgs,
      '--encoding-a',
      'windows-1252',
      '--encoding-b',
      'utf-8',
      '--format',
      'csv',
    ]);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out.split('\r\n').slice(0, -1)).toEqual([
      'severity,type,key,field_a,field_b,path,kind,value_a,value_b,description,name',
      "high,Left Only (A),eve@x.org,,,,,,,Only in A: no row of B has this key. (name 'Eve'),Eve",
    ]);
    await writeFile(join(cwd, 'wide.csv'), unnamed('x'));
    expect((await runOf(wideArgs)).err).toContain(
      'wide.csv, line 2: column 605 has a value here and no name in the header.',
    );
    expect((await run('--show', 'departmnt')).err).toContain(
      "Neither side has a column 'departmnt' to show. Was 'department' meant?",
    );

    expect(await run('--fields', 'departmnt')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(
        "people.csv has no column 'departmnt' to compare: it has 'email', 'department', 'role'. Was 'department' meant?",
      ),
    });
    await writeFile(join(cwd, 'accounts.csv'), `${accounts}"cut in the mid`);
    expect(await run()).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('accounts.csv, line 5'),
    });

    const { rows } = await sql`
      select relname from pg_class where relname like 'uar\\_%' and relnamespace <> 'public'::regnamespace
         and relnamespace <> 'opsdeck_jobs'::regnamespace and relkind = 'r'`.execute(database.db);
    expect(rows).toEqual([]);
  });
});

describe('what is compared', () => {
  const columns = ['id', 'a', 'b:c', 'd'];
  const mappings = (options: Omit<Parameters<typeof readComparison>[0], 'key'>) =>
    readComparison({ key: 'id', ...options }, columns, ['id', 'd', 'a', 'x']).mappings.map(
      ({ field_a, field_b }) => `${field_a}=${field_b}`,
    );

  it.each([
    [{}, ['a=a', 'd=d']],
    [{ keyB: 'a' }, ['d=d']],
    [{ fields: false as const }, []],
    [{ fields: ['a, d:x', 'b:c'] }, ['a=a', 'd=x', 'b:c=b:c']],
    [{ fields: ['b:c:x'] }, ['b:c=x']],
  ])('is what %j means', (options, expected) => {
    expect(mappings(options)).toEqual(expected);
  });

  it.each([
    ['a=x', [{ column: 'a', '=': 'x' }]],
    ['a != x y', [{ column: 'a', '!=': 'x y' }]],
    ['b:c=d=e', [{ column: 'b:c', '=': 'd=e' }]],
    ['is in use=no', [{ column: 'is in use', '=': 'no' }]],
    ['a in x, y', [{ column: 'a', in: ['x', 'y'] }]],
    ['a matches ^x=', [{ column: 'a', matches: '^x=' }]],
    ['a empty', [{ column: 'a', empty: true }]],
    ['a not empty', [{ column: 'a', empty: false }]],
  ])('is filtered by %s', (text, expected) => {
    const { settings } = readComparison({ key: 'id', whereA: [text] }, [...columns, 'is in use'], ['id']);
    expect(settings.where.a).toEqual(expected.map((one) => ({ ...one, trim: false, ignore_case: false })));
  });

  it.each([
    [{ fields: ['a:'] }, "'a:' names no two columns."],
    [{ type: ['a'] }, "'a' does not give the type of a column."],
    [{ type: ['a=integer'] }, "'a=integer' does not give the type of a column."],
    [{ type: ['x=number'] }, "--type is about the column 'x', which is not compared."],
    [{ privileged: ['x'] }, "--privileged is about the column 'x', which is not compared."],
    [{ whereA: ['a matches ('] }, "'a matches (' is no condition of rows."],
    [{ whereB: ['=x'] }, "'=x' is no condition of rows."],
    [{ stripDomain: 'not a domain' }, "'not a domain' is not a domain."],
  ])('is not guessed from %j', (options, message) => {
    expect(() => mappings(options)).toThrow(OperatorError);
    expect(() => mappings(options)).toThrow(message);
  });
});
