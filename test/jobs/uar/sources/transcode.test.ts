import { expect, it } from 'vitest';
import { CsvTranscoder } from '../../../../jobs/uar/sources/csv/transcode.ts';

/** Numbers that look random and are the same each time (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces = [
  'a',
  'ä😀',
  '"',
  ',',
  ';',
  '\t',
  '|',
  '\n',
  '\r\n',
  '\r',
  '\\',
  '\\.',
  '\\N',
  ' ',
  'x'.repeat(70),
];
const meanings: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };

/** COPY's text format, read as PostgreSQL reads it. */
function readCopy(text: string): (string | null)[][] {
  const rows = text.split('\n').slice(0, -1);
  return rows.map((row) =>
    row
      .split('\t')
      .map((cell) =>
        cell === '\\N' ? null : cell.replace(/\\(.)/g, (_, letter: string) => meanings[letter] ?? '?'),
      ),
  );
}

it('gives every cell of any table back, however it is quoted and wherever its bytes are cut', () => {
  const pick = seeded(20_261_124);
  for (let round = 0; round < 3000; round += 1) {
    const delimiter = [',', ';', '\t', '|'][pick(4)] ?? ',';
    const columns = 1 + pick(4);
    const cell = () => Array.from({ length: pick(5) }, () => pieces[pick(pieces.length)]).join('');
    const table = Array.from({ length: pick(6) }, () => Array.from({ length: columns }, cell));
    const written = (text: string) =>
      pick(3) === 0 || /["\r\n]/.test(text) || text.includes(delimiter) || (text === '' && columns === 1)
        ? `"${text.replaceAll('"', '""')}"`
        : text;
    const ends = ['\n', '\r\n', '\r'];
    const csv = table.map((row) => row.map(written).join(delimiter) + (ends[pick(3)] ?? '')).join('');
    const bytes = Buffer.from(pick(2) === 0 ? csv : csv.replace(/[\r\n]+$/, ''));
    const uses = Array.from({ length: columns }, () =>
      pick(3) === 0 ? ('left out' as const) : ('staged' as const),
    );
    const transcoder = new CsvTranscoder({ delimiter, uses, line: 2, file: 'f' });
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + pick(40);
      out.push(...transcoder.write(bytes.subarray(at, at + size)));
      at += size;
    }
    out.push(...transcoder.end());
    const expected = table.map((row, index) => [
      String(index + 1),
      ...row.filter((_, at) => uses[at] === 'staged').map((text) => (text === '' ? null : text)),
    ]);
    expect([csv, readCopy(Buffer.concat(out).toString())]).toEqual([csv, expected]);
    expect(transcoder.rows).toBe(table.length);
  }
});

it('reports that a row is too large before it is buffered: a quotation mark is not closed', () => {
  const transcoder = new CsvTranscoder({ delimiter: ',', uses: ['staged'], line: 7, file: 'f' });
  const more = Buffer.alloc(1024 * 1024, 'x\n');
  transcoder.write(Buffer.from('"'));
  expect(() => {
    for (let megabytes = 0; megabytes < 20; megabytes += 1) transcoder.write(more);
  }).toThrow('f, line 7: the row is larger than 16 MB: is a quotation mark not closed?');
});
