import type { Cell } from '../../../src/job/report.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import type { ReportOrigin } from '../../../src/job/report-page.ts';
import type { JsonObject } from '../../../src/text/json.ts';

type Row = ReadonlyArray<string | Cell>;

/** A list with the same columns in all its forms. Its rows are asked for as often as they are needed. */
export interface TableReport {
  readonly title: string;
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: () => AsyncIterable<Row> | Iterable<Row>;
}

export function tableForms({ title, about, columns, rows }: TableReport, origin: ReportOrigin): ReportForms {
  return {
    title,
    present: () => [
      { kind: 'heading', text: title },
      { kind: 'line', text: about },
      { kind: 'rows', columns: columns.map((name) => name.replaceAll('_', ' ')), rows },
    ],
    document: () => ({
      before: { report: title, about },
      list: { name: 'rows', items: documents(columns, rows()) },
    }),
    rows: () => ({ kind: 'rows', columns, rows }),
    origin: () => origin,
  };
}

async function* documents(
  columns: readonly string[],
  rows: AsyncIterable<Row> | Iterable<Row>,
): AsyncGenerator<JsonObject> {
  for await (const row of rows) {
    yield Object.fromEntries(
      columns.map((name, index) => {
        const cell = row[index] ?? '';
        const text = typeof cell === 'string' ? cell : cell.text;
        return [name, text === '' ? null : text];
      }),
    );
  }
}
