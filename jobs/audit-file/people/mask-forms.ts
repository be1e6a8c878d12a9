import type { Cell, ReportBlock, StreamedTable } from '../../../src/job/report.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import type { DayEntries, MonthCalendar, ReportPage } from '../../../src/job/report-page.ts';
import { mapped } from '../../../src/text/batches.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { Day } from '../../../src/time/day.ts';
import type { Mask } from './mask.ts';

type Block = ReportPage['blocks'][number];

/** The same report with every text masked, before it is set in any format: what a format escapes cannot hide a name. */
export function maskedForms(forms: ReportForms, mask: Mask): ReportForms {
  const { title, present, document, rows, origin, page } = forms;
  return {
    title: mask(title),
    present: async (options) => (await present(options)).map((block) => maskedBlock(block, mask)),
    document: () => {
      const { before, list, after } = document();
      return {
        before: maskedObject(before, mask),
        ...(list === undefined
          ? {}
          : { list: { name: list.name, items: mapped(list.items, (one) => maskedObject(one, mask)) } }),
        ...(after === undefined ? {} : { after: maskedObject(after, mask) }),
      };
    },
    rows: () => maskedTable(rows(), mask),
    origin,
    ...(page === undefined ? {} : { page: async () => maskedPage(await page(), mask) }),
  };
}

export function maskedTable(table: StreamedTable, mask: Mask): StreamedTable {
  return { ...table, rows: () => maskedRows(table.rows(), mask) };
}

async function* maskedRows(
  rows: ReturnType<StreamedTable['rows']>,
  mask: Mask,
): AsyncGenerator<readonly (string | Cell)[]> {
  for await (const row of rows) yield row.map((cell) => maskedCell(cell, mask));
}

function maskedCell(cell: string | Cell, mask: Mask): string | Cell {
  return typeof cell === 'string' ? mask(cell) : { ...cell, text: mask(cell.text) };
}

function maskedPage(page: ReportPage, mask: Mask): ReportPage {
  return {
    ...page,
    title: mask(page.title),
    ...(page.about === undefined ? {} : { about: mask(page.about) }),
    facts: page.facts.map(([name, value]) => [name, mask(value)]),
    ...(page.answer === undefined ? {} : { answer: { ...page.answer, text: mask(page.answer.text) } }),
    blocks: page.blocks.map((block): Block => {
      if (block.kind === 'month') return maskedMonth(block, mask);
      if (block.kind !== 'columns' && block.kind !== 'bars') return maskedBlock(block, mask);
      const words = { title: mask(block.title), description: mask(block.description) };
      return block.kind === 'bars'
        ? { ...block, ...words, rows: block.rows.map(mask) }
        : { ...block, ...words };
    }),
  };
}

function maskedMonth(calendar: MonthCalendar, mask: Mask): MonthCalendar {
  const days = [...calendar.days].map(([day, { shown, more }]): readonly [Day, DayEntries] => [
    day,
    { shown: shown.map((entry) => ({ ...entry, name: mask(entry.name) })), more },
  ]);
  return { ...calendar, days: new Map(days) };
}

function maskedBlock<B extends ReportBlock | StreamedTable>(
  block: B,
  mask: Mask,
): ReportBlock | StreamedTable {
  switch (block.kind) {
    case 'rows':
      return maskedTable(block, mask);
    case 'table':
      // What a narrow terminal shows is in no file.
      return {
        kind: 'table',
        columns: block.columns,
        rows: block.rows.map((row) => row.map((cell) => maskedCell(cell, mask))),
      };
    case 'code':
      return { ...block, lines: block.lines.map(mask) };
    default:
      return { ...block, text: mask(block.text) };
  }
}

function maskedObject(value: JsonObject, mask: Mask): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), maskedJson(one, mask)]));
}

function maskedJson(value: Json, mask: Mask): Json {
  if (typeof value === 'string') return mask(value);
  if (value === null || typeof value !== 'object') return value;
  return isList(value) ? value.map((one) => maskedJson(one, mask)) : maskedObject(value, mask);
}

function isList(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}
