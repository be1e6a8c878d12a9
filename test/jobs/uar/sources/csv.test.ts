import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, inject, it } from 'vitest';
import { FileReader } from '../../../../jobs/uar/sources/csv/read-file.ts';
import { openSource } from '../../../../jobs/uar/sources/open-source.ts';
import type { OpenSource } from '../../../../src/sources/source.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { loadRows, reasonOf } from './load-rows.ts';
import { sourceDeps } from './source-deps.ts';

/** A folder for sources, beside another one that is none of theirs. */
async function makeFolder() {
  const parent = await mkdtemp(join(inject('scratch'), 'sources-'));
  const folder = join(parent, 'exports');
  await mkdir(folder);
  const deps = sourceDeps({ sources_dir: folder });
  return {
    parent,
    folder,
    open: (config: Record<string, unknown>): Promise<OpenSource> => openSource('CSV', config, 'A', deps),
    async file(content: string | Buffer, format: Record<string, unknown> = {}): Promise<OpenSource> {
      await writeFile(join(folder, 'file.csv'), content);
      return openSource('CSV', { path: 'file.csv', ...format }, 'A', deps);
    },
  };
}

/** The files of the csv-spectrum corpus, and what each of them means. */
const spectrum: Readonly<Record<string, readonly [string, readonly (readonly (string | null)[])[]]>> = {
  comma_in_quotes: [
    'first,last,address,city,zip\nJohn,Doe,120 any st.,"Anytown, WW",08123',
    [
      ['first', 'last', 'address', 'city', 'zip'],
      ['John', 'Doe', '120 any st.', 'Anytown, WW', '08123'],
    ],
  ],
  empty: [
    'a,b,c\n1,"",""\n2,3,4',
    [
      ['a', 'b', 'c'],
      ['1', null, null],
      ['2', '3', '4'],
    ],
  ],
  empty_crlf: [
    'a,b,c\r\n1,"",""\r\n2,3,4',
    [
      ['a', 'b', 'c'],
      ['1', null, null],
      ['2', '3', '4'],
    ],
  ],
  escaped_quotes: [
    'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    [
      ['a', 'b'],
      ['1', 'ha "ha" ha'],
      ['3', '4'],
    ],
  ],
  json: [
    'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
    [
      ['key', 'val'],
      ['1', '{"type": "Point", "coordinates": [102.0, 0.5]}'],
    ],
  ],
  location_coordinates: [
    '"Contact Phone Number","Location Coordinates","Cities","Counties"\n"","37.36 ° N","Modesto","Stanislaus"\n',
    [
      ['Contact Phone Number', 'Location Coordinates', 'Cities', 'Counties'],
      [null, '37.36 ° N', 'Modesto', 'Stanislaus'],
    ],
  ],
  newlines: [
    'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
    [
      ['a', 'b', 'c'],
      ['1', '2', '3'],
      ['Once upon \na time', '5', '6'],
      ['7', '8', '9'],
    ],
  ],
  newlines_crlf: [
    'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
    [
      ['a', 'b', 'c'],
      ['1', '2', '3'],
      ['Once upon \r\na time', '5', '6'],
      ['7', '8', '9'],
    ],
  ],
  quotes_and_newlines: [
    'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    [
      ['a', 'b'],
      ['1', 'ha \n"ha" \nha'],
      ['3', '4'],
    ],
  ],
  simple: [
    'a,b,c\n1,2,3',
    [
      ['a', 'b', 'c'],
      ['1', '2', '3'],
    ],
  ],
  simple_crlf: [
    'a,b,c\r\n1,2,3',
    [
      ['a', 'b', 'c'],
      ['1', '2', '3'],
    ],
  ],
  utf8: [
    'a,b,c\n1,2,3\n4,5,ʤ',
    [
      ['a', 'b', 'c'],
      ['1', '2', '3'],
      ['4', '5', 'ʤ'],
    ],
  ],
};

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const marked = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf8');

/** Files that are not quite RFC 4180, and may be read all the same. Every one is the header `id;name` or `id,name` and these rows. */
const unusual: Readonly<Record<string, [string | Buffer, Record<string, unknown>, (string | null)[][]]>> = {
  'lines that end in CR': [
    'id,name\r1,a\r2,b\r',
    {},
    [
      ['1', 'a'],
      ['2', 'b'],
    ],
  ],
  'lines that end in three ways': [
    'id,name\r\n1,a\n2,b\r3,c',
    {},
    [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ],
  ],
  'empty lines': [
    '\n\nid,name\n\n1,a\r\n\r\n\n2,b\n\n',
    {},
    [
      ['1', 'a'],
      ['2', 'b'],
    ],
  ],
  "COPY's own characters": [
    'id,name\n\\.,\\N\n"\\.","a\tb\\"\n',
    {},
    [
      ['\\.', '\\N'],
      ['\\.', 'a\tb\\'],
    ],
  ],
  'a semicolon, found': ['id;name\n1;"a;b,c"\n', {}, [['1', 'a;b,c']]],
  'a tab, found': ['id\tname\n1\ta b\n', {}, [['1', 'a b']]],
  'a pipe, found': ['id|name\n1|a\n', {}, [['1', 'a']]],
  'a delimiter that only the first line names': ['sep=;\r\nid;name\r\n1;a\r\n', {}, [['1', 'a']]],
  'a delimiter that is given': ['"id";"name"\n1;a\n', { delimiter: ';' }, [['1', 'a']]],
  'a byte order mark': [marked('id,name\n1,ä\n'), {}, [['1', 'ä']]],
  'UTF-16 with a mark': [utf16('id,name\n1,€😀\n'), {}, [['1', '€😀']]],
  'UTF-16 without one': [Buffer.from('id,name\n1,ä', 'utf16le'), { encoding: 'UTF-16LE' }, [['1', 'ä']]],
  'Windows-1252, given': [
    Buffer.from('id,name\n1,\x80\xe4', 'latin1'),
    { encoding: 'windows-1252' },
    [['1', '€ä']],
  ],
  'Windows-1252, found': [
    Buffer.from('id,name\n1,\x80\xe4\n2,\xc3\xa4', 'latin1'),
    {},
    [
      ['1', '€ä'],
      ['2', 'Ã¤'],
    ],
  ],
  'gzip of two parts': [
    Buffer.concat([gzipSync('id,name\n1,a\n'), gzipSync('2,b\n')]),
    {},
    [
      ['1', 'a'],
      ['2', 'b'],
    ],
  ],
};

/** Files that cannot be used; each reason, from the line on. */
const unusable: Readonly<Record<string, [string | Buffer, Record<string, unknown>, string]>> = {
  'a row that is too short': ['id,name\n1,a\n\n2\n3,c\n', {}, ', line 4: the row has 1 cell, the header 2.'],
  'a row that is too long': [
    'id,name\n1,"a\nb"\n2,b,c\n',
    {},
    ', line 4: the row has 3 cells, the header 2.',
  ],
  'more columns than a table has, each of another name': [
    Array.from({ length: 140_000 }, (_, index) => `c${index}`).join(','),
    {},
    ': there are more than 10000 columns.',
  ],
  'the end between quotation marks': [
    'id,name\n1,a\n2,"b\n3,c\n',
    {},
    ', line 3: a quotation mark is opened in this row and never closed: the file ends in it.',
  ],
  'the end in the middle of a row': ['id,name\n1,a\n2', {}, ', line 3: the row has 1 cell, the header 2.'],
  'a quotation mark inside': ['id,name\n1,5" pipe\n', {}, ', line 2: a quotation mark is inside a cell'],
  'text after the closing one': ['id,name\n1,"a" b\n', {}, ', line 2: text follows a closing quotation mark'],
  'a NUL byte': ['id,name\n1,"a\n\nb\0"\n', {}, ', line 4: there is a NUL byte'],
  'UTF-16 that does not say so': [
    Buffer.from('id,name\n1,a', 'utf16le'),
    {},
    ', line 1: there is a NUL byte',
  ],
  'UTF-8, then something else': [
    Buffer.concat([Buffer.from('id,name\n1,ä\n2,'), Buffer.from([0xe4, 0x0a])]),
    {},
    ', line 3: these bytes are not UTF-8',
  ],
  'no UTF-8 though it is said to be': [
    Buffer.from('id,name\n1,\xe4', 'latin1'),
    { encoding: 'utf-8' },
    ', line 2: ',
  ],
  'what Windows-1252 does not have': [
    Buffer.from('id,name\n1,\x81', 'latin1'),
    {},
    ', line 2: these bytes are not windows-1252',
  ],
  'half a UTF-16 character': [Buffer.from([0xff, 0xfe, 0x69, 0, 0x0a, 0, 0x31, 0xd8]), {}, ', line 2: '],
  'two columns of one name': ['id,name,id\n1,a,2\n', {}, ": there are two columns called 'id'."],
  'a column without a name': [
    'id,,x\n1,a,2\n',
    {},
    ', line 2: column 2 has a value here and no name in the header.',
  ],
  'not even a header': ['', {}, ' is empty: it has not even a header.'],
  'gzip with something behind it': [
    Buffer.concat([gzipSync('id,name\n1,a\n'), Buffer.from('\0\0 words')]),
    {},
    ': something else follows the compressed part.',
  ],
  'gzip with much behind it': [
    Buffer.concat([gzipSync('id,name\n1,a\n'), Buffer.alloc(600_000, 'x')]),
    {},
    ': it is not whole gzip.',
  ],
  'gzip that ends too early': [
    gzipSync('id,name\n1,a\n'.repeat(99)).subarray(0, 20),
    {},
    ': the compressed file ends too early.',
  ],
};

onEachDatabase((harness) => {
  it('reads the csv-spectrum corpus, and an empty cell as NULL, quoted or not', async () => {
    const database = await harness.fresh();
    const { file } = await makeFolder();
    const read: Record<string, unknown> = {};
    for (const [name, [content]] of Object.entries(spectrum)) {
      const { columns, values, rows } = await loadRows(database, await file(content));
      expect(rows).toBe(values.length);
      read[name] = [columns, ...values];
    }
    expect(read).toEqual(
      Object.fromEntries(Object.entries(spectrum).map(([name, [, rows]]) => [name, rows])),
    );
  });

  it('reads files of other programs, whatever their encoding, delimiter and line ends', async () => {
    const database = await harness.fresh();
    const { file } = await makeFolder();
    for (const [name, [content, format, rows]] of Object.entries(unusual)) {
      const loaded = await loadRows(database, await file(content, format));
      expect([name, loaded.columns, loaded.values]).toEqual([name, ['id', 'name'], rows]);
      expect(loaded.sha256).toBe(createHash('sha256').update(content).digest('hex'));
      expect(loaded.warnings.length).toBe(name === 'Windows-1252, found' ? 1 : 0);
    }
  });

  it('refuses a file that is damaged with the line, so that no person is accused by half of it', async () => {
    const database = await harness.fresh();
    const { file } = await makeFolder();
    for (const [name, [content, format, reason]] of Object.entries(unusable)) {
      expect([name, await reasonOf(database, file(content, format))]).toEqual([
        name,
        expect.stringContaining(`InconclusiveSource: file.csv${reason}`),
      ]);
    }
  });

  it('reads values across the pieces in which a file comes, and takes its date for that of the data', async () => {
    const database = await harness.fresh();
    const { file, folder } = await makeFolder();
    const long = 'ä"\r\n\t\\,'.repeat(60_000);
    const cells = Array.from({ length: 4000 }, (_, index) => ['x'.repeat(index % 300), `ü${index}`]);
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const lines = [['id', 'name'], [long, 'long'], ...cells].map((row) => row.map(quoted).join(','));
    const source = await file(lines.join('\r\n'));
    await utimes(join(folder, 'file.csv'), 0, 86_400);
    const loaded = await loadRows(database, source);
    expect(loaded.values).toEqual([
      [long, 'long'],
      ...cells.map(([first, second]) => [first || null, second]),
    ]);
    expect(loaded.asOf).toEqual(new Date('1970-01-02T00:00:00Z'));
  });
});

it('unpacks no more than data can be', async () => {
  const { file, folder } = await makeFolder();
  const member = gzipSync(Buffer.alloc(2 ** 25, 'a,b\n'));
  await (await file(Buffer.concat(Array.from({ length: 9 }, () => member)))).close();
  const handle = await open(join(folder, 'file.csv'));
  try {
    let bytes = 0;
    const reading = (async () => {
      for await (const piece of new FileReader({ handle, name: 'file.csv' }).chunks()) bytes += piece.length;
    })();
    await expect(reading).rejects.toThrow('file.csv: it unpacks to more than 250 times its size');
    expect(bytes).toBe(2 ** 28);
  } finally {
    await handle.close();
  }
});

it('reads only regular files below sources_dir, wherever symbolic links and dots lead', async () => {
  const { parent, folder, open } = await makeFolder();
  await writeFile(join(parent, 'secret.csv'), 'id\n1\n');
  await writeFile(join(folder, 'real.csv'), 'id\n1\n');
  await symlink(join(parent, 'secret.csv'), join(folder, 'out.csv'));
  await symlink('real.csv', join(folder, 'in.csv'));
  await symlink(parent, join(folder, 'up'));
  await symlink('loop', join(folder, 'loop'));
  await mkdir(join(parent, 'exports-of-others'));
  await writeFile(join(parent, 'exports-of-others', 'x.csv'), 'id\n1\n');
  const outcome = async (path: string) => {
    try {
      await (await open({ path })).close();
      return 'opened';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  const outside = (path: string) => `The file ${path} cannot be read: it is not below ${folder}.`;
  expect(await outcome('real.csv')).toBe('opened');
  expect(await outcome('in.csv')).toBe('opened');
  expect(await outcome(join(folder, 'real.csv'))).toBe('opened');
  for (const path of [
    'out.csv',
    '../secret.csv',
    'up/secret.csv',
    '../exports-of-others/x.csv',
    '/etc/passwd',
  ]) {
    expect(await outcome(path)).toBe(outside(path));
  }
  expect(await outcome('loop')).toContain('symbolic links lead in a circle');
  expect(await outcome('.')).toContain('it is not');
  expect(await outcome('/dev/zero')).toBe(outside('/dev/zero'));
  expect(await outcome('none.csv')).toContain('there is no such file');
  await expect(openSource('CSV', { path: 'real.csv' }, 'A', sourceDeps())).rejects.toThrow(
    'sources_dir does not name the folder',
  );
  await expect(open({ path: 'real.csv', delimeter: ';' })).rejects.toThrow('delimeter');
});
