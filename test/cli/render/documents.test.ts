import { PassThrough } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../../src/cli/render/csv.ts';
import { hasJson, writeJson } from '../../../src/cli/render/json.ts';
import { renderMarkdown } from '../../../src/cli/render/markdown.ts';
import { memoryIo } from '../../support/memory-io.ts';

const table = (...rows: readonly string[][]) => [{ kind: 'table' as const, columns: ['Name', 'Note'], rows }];

describe('renderCsv', () => {
  it.each([
    ['plain', 'plain'],
    ['with, comma', 'with, comma'],
    ['with "quotes"', 'with "quotes"'],
    ['two\nlines', 'two lines'],
    ['-5', '-5'],
    ['+3.5', '+3.5'],
    ['=1+1', "'=1+1"],
    ['+1+cmd', "'+1+cmd"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "' =1"],
    ['\r=1', "' =1"],
    ['  =1', "'  =1"],
    ['\u001b[31mred', 'red'],
    ['\u200e=HYPERLINK("x")', '\'=HYPERLINK("x")'],
    ['\u001b[0m=1+1', "'=1+1"],
    ['\u0000@SUM(A1)', "'@SUM(A1)"],
    ['\uff1d1+1', "'\uff1d1+1"],
    ['a;=1+1', "a;'=1+1"],
    ['a; =1+1;b;@x', "a;' =1+1;b;'@x"],
    ['a;"=1+1"', 'a;\'"=1+1"'],
    ['a|-2+3', "a|'-2+3"],
    ['a,+cmd', "a,'+cmd"],
    ['a\t=1+1', 'a =1+1'],
    ['a;-5; +3,5', 'a;-5; +3,5'],
    ['a - b; c = d', 'a - b; c = d'],
  ])('gives a reader of RFC 4180 %j as %j', (text, read) => {
    const csv = renderCsv(table(['AC-2', text]));
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(parse(csv, { columns: true, record_delimiter: '\r\n' })).toEqual([{ Name: 'AC-2', Note: read }]);
  });

  it('leaves out headings and lines, and keeps tables apart', () => {
    const csv = renderCsv([{ kind: 'heading', text: 'H' }, ...table(['a', 'b']), ...table(['c', 'd'])]);
    expect(csv).toBe('Name,Note\r\na,b\r\n\r\nName,Note\r\nc,d\r\n');
  });
});

describe('renderMarkdown', () => {
  it('writes headings, lines and tables', () => {
    const report = [
      { kind: 'heading' as const, text: 'Drift' },
      { kind: 'line' as const, text: 'two changes' },
      ...table(['AC-2', 'x']),
    ];
    expect(renderMarkdown(report)).toBe(
      '## Drift\n\ntwo changes\n\n| Name | Note |\n| --- | --- |\n| AC-2 | x |\n',
    );
  });

  it.each([
    ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
    ['a | b', 'a \\| b'],
    ['[link](javascript:1)', '\\[link\\](javascript:1)'],
    ['**bold** `code`', '\\*\\*bold\\*\\* \\`code\\`'],
    ['&lt;b&gt;', '\\&lt;b\\&gt;'],
    ['a\n| b |', 'a \\| b \\|'],
  ])('text %j cannot become markup', (text, escaped) => {
    expect(renderMarkdown(table(['AC-2', text]))).toContain(`| AC-2 | ${escaped} |`);
  });
});

describe('writeJson', () => {
  it('prints one document with the schema first, and remembers that it did', () => {
    const { io, stdout } = memoryIo();
    expect(hasJson(io)).toBe(false);
    writeJson(io, { job: 'compliance-drift', schema: 7 });
    expect(stdout()).toBe('{"schema":1,"job":"compliance-drift"}\n');
    expect(hasJson(io)).toBe(true);
    expect(hasJson({ ...io, stdout: new PassThrough() })).toBe(false);
  });

  it.each(['\u0080', '\u009b31m', '\u007f', '\u061c', '\u200f', '\u2028', '\u2029', '\u202e', '\u2069'])(
    'escapes %j, which a terminal would obey, and means the same',
    (name) => {
      const { io, stdout } = memoryIo();
      writeJson(io, { [name]: name });
      expect(stdout()).toMatch(/^[\x20-\x7e]*\n$/);
      expect(JSON.parse(stdout())).toEqual({ schema: 1, [name]: name });
    },
  );
});
