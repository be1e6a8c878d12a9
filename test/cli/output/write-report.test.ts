import { describe, expect, it } from 'vitest';
import { reportFormats } from '../../../src/cli/output/report-formats.ts';
import { writeReport } from '../../../src/cli/output/write-report.ts';
import { jsonPieces } from '../../../src/cli/render/json-pieces.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { memoryIo } from '../../support/memory-io.ts';

async function* items(...some: readonly JsonObject[]): AsyncGenerator<JsonObject> {
  yield* some;
}

async function* calendar(): AsyncGenerator<string> {
  yield 'BEGIN:VCALENDAR\r\n';
}

const forms: ReportForms = {
  present: ({ whole }) => [{ kind: 'line', text: whole ? 'all of it' : 'the beginning' }],
  document: () => ({ before: { report: 'x' }, list: { name: 'items', items: items({ id: 1 }) } }),
  rows: () => ({ kind: 'rows', columns: ['id'], rows: () => [['1']] }),
  title: 'Sample',
  origin: () => ({
    database: 'PostgreSQL ops',
    zone: 'Europe/Madrid',
    at: new Date('2026-11-30T08:00:00Z'),
    organisation: null,
  }),
  own: new Map([['ics', calendar]]),
};

async function printed(format: string): Promise<string> {
  const { io, stdout } = memoryIo();
  await writeReport(io, { format, output: '-' }, forms);
  return stdout();
}

describe('writing a report', () => {
  it('has every format that the commands offer, and those of the report itself', async () => {
    const all = await Promise.all(
      [...reportFormats.filter((format) => format !== 'html'), 'ics'].map(async (format) => [
        format,
        await printed(format),
      ]),
    );
    expect(Object.fromEntries(all)).toEqual({
      text: 'the beginning\n',
      json: '{"schema":1,"report":"x","items":[\n{"id":1}\n]}\n',
      csv: 'id\r\n1\r\n',
      md: 'all of it\n',
      ics: 'BEGIN:VCALENDAR\r\n',
    });
  });

  it('refuses a format that the report does not have', async () => {
    await expect(printed('constructor')).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
  });
});

describe('a JSON document with a list', () => {
  const one = { text: 'a\n"b}', inner: { list: [1, { x: [] }] }, empty: {} };
  it.each([
    ['no item', [], {}],
    ['one item', [one], {}],
    ['items, and fields after them', [one, {}, { id: 2 }], { rest: [1], more: { a: null } }],
    ['fields after an empty list', [], { rest: [] }],
  ] as const)('is what JSON.stringify makes of it, with %s', async (_, list, after) => {
    for (const indented of [true, false]) {
      const document = {
        before: { report: 'x', inner: { y: 1 } },
        list: { name: 'items', items: items(...list) },
      };
      let text = '';
      for await (const piece of jsonPieces({ ...document, after }, { indented })) text += piece;
      const whole = { schema: 1, ...document.before, items: list, ...after };
      if (indented && list.length > 0) expect(text).toBe(`${JSON.stringify(whole, null, 2)}\n`);
      expect(JSON.parse(text)).toEqual(whole);
    }
  });
});
