import { describe, expect, it } from 'vitest';
import { openCsv } from '../../src/import/csv-file.ts';
import { ProblemList, RefusedFile } from '../../src/import/problems.ts';
import type { SourceRow } from '../../src/import/row-source.ts';
import { inputFiles } from './input-files.ts';

const columns = [
  { name: 'email', required: true, about: '' },
  { name: 'full_name', required: true, about: '' },
  { name: 'notes', required: false, about: '' },
];

const write = inputFiles();

async function read(content: string | Buffer): Promise<{ rows: SourceRow[]; problems: ProblemList }> {
  const csv = await openCsv(await write(content), 'people.csv', columns);
  const problems = new ProblemList();
  const rows: SourceRow[] = [];
  try {
    for await (const row of csv.rows(problems)) rows.push(row);
  } finally {
    csv.close();
  }
  return { rows, problems };
}

async function refusal(content: string | Buffer): Promise<RefusedFile> {
  const error: unknown = await read(content).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RefusedFile) return error;
  throw new Error(`not refused, but ${String(error)}`);
}

const ana = { line: 2, cells: { email: 'a@x.org', full_name: 'Ana' } };

describe('what a CSV file may look like', () => {
  it.each([
    ['LF', 'email,full_name\na@x.org,Ana\n'],
    ['CRLF', 'email,full_name\r\na@x.org,Ana\r\n'],
    ['CR alone', 'email,full_name\ra@x.org,Ana\r'],
    ['no line end at the end', 'email,full_name\na@x.org,Ana'],
    ['a byte order mark', '\uFEFFemail,full_name\na@x.org,Ana\n'],
    ['semicolons', 'email;full_name\na@x.org;Ana\n'],
    ['tabs', 'email\tfull_name\na@x.org\tAna\n'],
    ['pipes', 'email|full_name\na@x.org|Ana\n'],
    ['an empty column without a name', 'email,full_name,\na@x.org,Ana,\n'],
    ['quotation marks', '"email","full_name"\n"a@x.org","Ana"\n'],
    ['white space around cells', 'email , full_name\n a@x.org ,  Ana \n'],
    ['columns in another order', 'full_name,email\nAna,a@x.org\n'],
    ['headings in other words', 'EMAIL,Full Name\na@x.org,Ana\n'],
    ['rows of empty cells at the end', 'email,full_name\na@x.org,Ana\n,\n ,\n'],
  ])('%s', async (_, content) => {
    const { rows, problems } = await read(content);
    expect(rows).toEqual([ana]);
    expect(problems.count).toBe(0);
  });

  it('a semicolon inside a quoted heading does not make it the delimiter', async () => {
    expect((await read('"email","full_name"\na@x.org,"Ana; Bo"\n')).rows[0]?.cells['full_name']).toBe(
      'Ana; Bo',
    );
  });

  it('sep= in the first line names the delimiter', async () => {
    expect((await read('sep=;\r\nemail;full_name\r\na@x.org;"Ana, Bo"\r\n')).rows).toEqual([
      { line: 3, cells: { email: 'a@x.org', full_name: 'Ana, Bo' } },
    ]);
  });

  it('a value in a column without a name is a problem of its row', async () => {
    const { rows, problems } = await read('email,full_name,\na@x.org,Ana,x\nb@x.org,Bo,\n');
    expect(rows).toHaveLength(1);
    expect(problems.first).toEqual([
      { line: 2, message: 'column 3 has a value here and no name in the header' },
    ]);
  });

  it('characters of several bytes are whole, also where the chunks of a large file divide them', async () => {
    const count = 40_000;
    const { rows, problems } = await read(`email,full_name\n${'a@x.org,Żółć 名前 🙂\n'.repeat(count)}`);
    expect(problems.count).toBe(0);
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((row) => row.cells['full_name']))).toEqual(new Set(['Żółć 名前 🙂']));
  });
});

describe('line numbers', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('count lines as an editor does, with line breaks in cells and blank lines: %s', async (_, end) => {
    const content = ['email,full_name,notes', '1,a,"two', 'lines"', '', '2,b,"x', '', 'y"', '3,c,', ''].join(
      end,
    );
    const { rows } = await read(content);
    expect(rows.map((row) => [row.cells['email'], row.line])).toEqual([
      ['1', 2],
      ['2', 5],
      ['3', 8],
    ]);
  });

  it('rows with too few or too many cells are problems, and the rest is still read', async () => {
    const { rows, problems } = await read('email,full_name\na@x.org,Ana\nb\n\nc,C,3\nd,D\n');
    expect(problems.first).toEqual([
      { line: 3, message: 'the row has 1 cell, the header 2' },
      { line: 5, message: 'the row has 3 cells, the header 2' },
    ]);
    expect(rows.map((row) => row.line)).toEqual([2, 6]);
  });

  it.each([
    [
      'a quotation mark that is never closed',
      '"Bo\nb,B\nc,C\n',
      /never closed; the rest of the file was not read/,
    ],
    ['text after a closing quotation mark', '"Bo" x\nb,B\n', /text follows a closing quotation mark/],
    ['a quotation mark inside a cell', 'B"o\nb,B\n', /a quotation mark inside a cell/],
  ])('%s is reported with the line of its row, after every row before it', async (_, rest, message) => {
    const { rows, problems } = await read(`email,full_name\n${'a@x.org,Ana\n'.repeat(50)}b@x.org,${rest}`);
    expect(rows).toHaveLength(50);
    expect(problems.first).toEqual([{ line: 52, message: expect.stringMatching(message) }]);
  });

  it('an open quotation mark does not draw the rest of a large file into memory', async () => {
    const { problems } = await read(`email,full_name\na,"b\n${'c,d\n'.repeat(400_000)}`);
    expect(problems.first).toEqual([{ line: 2, message: expect.stringContaining('larger than 1 MB') }]);
  });
});

describe('encodings', () => {
  const zoe = 'email,full_name\na@x.org,Zoë\n';
  it.each([
    ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${zoe}`, 'utf16le'), undefined, []],
    ['UTF-16 big-endian', Buffer.from(`\uFEFF${zoe}`, 'utf16le').swap16(), undefined, []],
    ['UTF-16 without a mark, given', Buffer.from(zoe, 'utf16le'), 'utf-16le', []],
    [
      'Windows-1252',
      Buffer.from(zoe, 'latin1'),
      undefined,
      ['people.csv is not UTF-8; it was read as Windows-1252.'],
    ],
    ['Windows-1252, given', Buffer.from(zoe, 'latin1'), 'windows-1252', []],
    [
      'Mac Roman, given',
      Buffer.from([...Buffer.from(zoe, 'latin1')].map((byte) => (byte === 0xeb ? 0x91 : byte))),
      'macroman',
      [],
    ],
  ] as const)('%s', async (_, content, encoding, notes) => {
    const csv = await openCsv(await write(content), 'people.csv', columns, { encoding });
    const rows = [];
    for await (const row of csv.rows(new ProblemList())) rows.push(row.cells);
    csv.close();
    expect(rows).toEqual([{ email: 'a@x.org', full_name: 'Zoë' }]);
    expect(csv.notes?.()).toEqual(notes);
  });

  it.each([
    ['UTF-16 without a mark', Buffer.from('email,full_name\na,b\n', 'utf16le'), /UTF-16/],
    [
      'an Excel workbook',
      Buffer.from(`PK\u0003\u0004${'\0'.repeat(26)}[Content_Types].xml`, 'latin1'),
      /is an Excel workbook \(\.xlsx\), not CSV: .*“CSV UTF-8”/,
    ],
    [
      'an old Excel workbook',
      Buffer.from('d0cf11e0a1b11ae10000', 'hex'),
      /is an Excel workbook \(\.xls\), not CSV/,
    ],
    [
      'an OpenDocument spreadsheet',
      Buffer.from(
        `PK\u0003\u0004${'\0'.repeat(26)}mimetypeapplication/vnd.oasis.opendocument.spreadsheet`,
        'latin1',
      ),
      /is an OpenDocument spreadsheet \(\.ods\), not CSV/,
    ],
    ['another archive', Buffer.from('PK\u0003\u0004\0\0', 'latin1'), /is a ZIP archive, not CSV: unpack it/],
  ])('%s is refused before anything is read', async (_, content, message) => {
    const { problems, exitCode, next } = await refusal(content);
    expect(exitCode).toBe(2);
    expect(problems).toEqual([{ line: 1, message: expect.stringMatching(message) }]);
    expect(next).toContain('--encoding');
  });

  it.each([
    ['a NUL byte', Buffer.from('b@x.org,Zo\u0000\n'), /NUL byte/],
    [
      'Latin-1 after UTF-8',
      Buffer.concat([Buffer.from('b@x.org,Zoë\n'), Buffer.from('c@x.org,Zoë\n', 'latin1')]),
      /not UTF-8, which the text before them is/,
    ],
  ])('%s in a row is reported with its line', async (what, bad, message) => {
    const many = 20_000;
    const good = `email,full_name\n${'a@x.org,Ana\n'.repeat(many)}`;
    const { problems } = await read(Buffer.concat([Buffer.from(good), bad]));
    const line = many + (what === 'a NUL byte' ? 2 : 3);
    expect(problems.first).toEqual([{ line, message: expect.stringMatching(message) }]);
  });
});

describe('another program’s export', () => {
  const mapped = async (content: string, ...map: readonly string[]) => {
    const csv = await openCsv(await write(content), 'people.csv', columns, { map });
    const rows = [];
    for await (const row of csv.rows(new ProblemList())) rows.push(row.cells);
    csv.close();
    return { rows, notes: csv.notes?.() };
  };
  const exported = 'Email Address [Required],First=Last,Org Unit\na@x.org,Ana,IT\n';

  it('columns are read under the headings that --map names; others are left out and named', async () => {
    expect(await mapped(exported, 'Email Address [Required]=email', 'First=Last=Full Name')).toEqual({
      rows: [{ email: 'a@x.org', full_name: 'Ana' }],
      notes: ["Left out: column 'Org Unit'."],
    });
  });

  it.each([
    [
      ['Mail=email'],
      /names the column 'Mail', which people\.csv does not have\. Its columns are: 'Email Address \[Required\]', 'First=Last', 'Org Unit'\./,
    ],
    [['Org Unit=team'], /the import has no column 'team'/],
    [['Org Unit'], /does not name two columns/],
    [['Org Unit=notes', 'Org Unit=email'], /names the column 'Org Unit' twice/],
    [['Org Unit=notes', 'First=Last=notes'], /gives the column 'notes' two headings/],
  ])('%s is refused', async (map, message) => {
    await expect(mapped(exported, ...map)).rejects.toMatchObject({ code: 'usage', message, exitCode: 2 });
  });

  it('a name that is nearly that of a missing column is no column to leave out', async () => {
    await expect(mapped('Mail,full_nam\na,b\n', 'Mail=email')).rejects.toMatchObject({
      problems: [
        { line: 1, message: "unknown column 'full_nam': did you mean 'full_name'?" },
        { line: 1, message: "column 'full_name' is missing" },
      ],
    });
  });
});

describe('headers', () => {
  it('reports every problem at once, with the header that is documented', async () => {
    const error = await refusal('emial,notes,notes,shoe_size,\na,b,c,d,e\n');
    expect(error.problems.map((problem) => problem.message)).toEqual([
      "unknown column 'emial': did you mean 'email'?",
      "column 'notes' is there twice",
      "unknown column 'shoe_size'",
      "column 'email' is missing",
      "column 'full_name' is missing",
    ]);
    expect(error.next).toContain('email,full_name[,notes]');
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark alone', '\uFEFF'],
    ['blank lines', '\n\n  \n'],
  ])('a file of %s is empty', async (_, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'file_empty', exitCode: 2 });
  });

  it('a file that is not there, and a folder, are no unexpected errors', async () => {
    await expect(openCsv('/nowhere/people.csv', 'people.csv', columns)).rejects.toMatchObject({
      code: 'file_not_readable',
      message: 'people.csv cannot be read: there is no such file.',
      exitCode: 2,
    });
    await expect(openCsv('/', '/', columns)).rejects.toMatchObject({
      code: 'file_not_readable',
      exitCode: 2,
    });
  });
});

describe('ProblemList', () => {
  it('keeps the first hundred by line and counts all', () => {
    const list = new ProblemList();
    for (let line = 1000; line > 0; line -= 1) list.add({ line, message: 'wrong' });
    list.addSome([{ line: 5, message: 'also wrong' }], 50);
    expect(list.count).toBe(1050);
    expect(list.first).toHaveLength(100);
    expect(list.first.map((problem) => problem.line).slice(0, 7)).toEqual([1, 2, 3, 4, 5, 5, 6]);
  });

  it('takes more than a call has room for arguments', () => {
    const list = new ProblemList();
    const many = Array.from({ length: 300_000 }, (_, index) => ({ line: 300_000 - index, message: 'wrong' }));
    list.addAll(many);
    list.addSome(many, 400_000);
    expect(list.count).toBe(700_000);
    expect(list.first).toHaveLength(100);
    expect(list.first[0]?.line).toBe(1);
  });

  it('a header of countless unknown columns is refused with the first hundred and the count', async () => {
    expect(await refusal(`email,full_name${',x'.repeat(200_000)}\na@x.org,Ana\n`)).toMatchObject({
      problemCount: 200_000,
      problems: { length: 100 },
    });
  });
});
