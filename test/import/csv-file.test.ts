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
  it.each([
    ['UTF-16 with a byte order mark', Buffer.from('\uFEFFemail,full_name\na,b\n', 'utf16le'), 1, /UTF-16/],
    ['UTF-16 without one', Buffer.from('email,full_name\na,b\n', 'utf16le'), 1, /UTF-16/],
    ['UTF-16 big-endian', Buffer.from('email,full_name\na,b\n', 'utf16le').swap16(), 1, /UTF-16/],
    ['Latin-1 in the header', Buffer.from('email,nämé\na,b\n', 'latin1'), 1, /not UTF-8/],
  ])('%s is refused before anything is read', async (_, content, line, message) => {
    const { problems, exitCode } = await refusal(content);
    expect(exitCode).toBe(2);
    expect(problems).toEqual([{ line, message: expect.stringMatching(message) }]);
  });

  it.each([
    ['Latin-1', Buffer.from('b@x.org,Zoë\n', 'latin1'), /not UTF-8 \(Latin-1 or Windows-1252/],
    ['a NUL byte', Buffer.from('b@x.org,Zo\u0000\n'), /NUL byte/],
    ['a character cut off at the end', Buffer.from('b@x.org,Zoë').subarray(0, -1), /not UTF-8/],
  ])('%s in a row is reported with its line', async (_, bad, message) => {
    const many = 20_000;
    const good = `email,full_name\n${'a@x.org,Ana\n'.repeat(many)}`;
    const { problems } = await read(Buffer.concat([Buffer.from(good), bad]));
    expect(problems.first).toEqual([{ line: many + 2, message: expect.stringMatching(message) }]);
  });
});

describe('headers', () => {
  it('reports every problem at once, with the header that is documented', async () => {
    const error = await refusal('emial,notes,notes,shoe_size,\na,b,c,d,e\n');
    expect(error.problems.map((problem) => problem.message)).toEqual([
      "unknown column 'emial': did you mean 'email'?",
      "column 'notes' is there twice",
      "unknown column 'shoe_size'",
      'column 5 has no name',
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
