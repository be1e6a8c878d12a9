import type { StreamedReport } from '../job/report.ts';
import type { ReportForms } from '../job/report-forms.ts';
import type { ReportPage } from '../job/report-page.ts';
import { plainPage } from './plain-page.ts';

/** A page for a look has no more rows of a table; the whole is a report's. */
const mostRows = 1000;

/** The report as a page with its rows read: whoever shows it has no connection to the database. */
export async function shownPage({ title, present, page }: ReportForms): Promise<ReportPage> {
  const made = page === undefined ? plainPage(title, await present({ whole: false })) : await page();
  const blocks: ReportPage['blocks'][number][] = [];
  for (const block of made.blocks) blocks.push(...(block.kind === 'rows' ? await readRows(block) : [block]));
  return { ...made, blocks };
}

type Streamed = Extract<StreamedReport[number], { kind: 'rows' }>;

async function readRows({ columns, rows }: Streamed): Promise<ReportPage['blocks']> {
  const read = [];
  for await (const row of rows()) {
    if (read.length === mostRows) {
      const text = `The first ${mostRows} rows are shown; the report has all of them.`;
      return [
        { kind: 'table', columns, rows: read },
        { kind: 'line', text, tone: 'notice' },
      ];
    }
    read.push(row);
  }
  return [{ kind: 'table', columns, rows: read }];
}
