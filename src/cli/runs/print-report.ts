import { plainPage } from '../../html/plain-page.ts';
import type { Report } from '../../job/report.ts';
import type { ReportPage } from '../../job/report-page.ts';
import type { Io } from '../io.ts';
import { renderCsv } from '../render/csv.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { renderText } from '../render/text.ts';

/**
 * Prints a report on stdout: for people, or in the format that `--format` names. A page of the daemon takes it as data.
 *
 * @param after the key of the last row of a list that goes on.
 * @param first for the page alone, before the rest.
 */
export function printReport(io: Io, report: Report, after?: string, first: ReportPage['blocks'] = []): void {
  if (io.show !== undefined) {
    const page = plainPage('', report);
    io.show({ ...page, blocks: [...first, ...page.blocks], after });
  } else io.stdout.write(render(io, after === undefined ? report : [...report, goesOn(after)]));
}

function goesOn(after: string): Report[number] {
  return { kind: 'line', text: `The list goes on: --after ${after} shows what follows.` };
}

function render({ tables, columns, color }: Io, report: Report): string {
  switch (tables) {
    case undefined:
      return renderText(report, { columns, color });
    case 'csv':
      return renderCsv(report);
    case 'md':
      return renderMarkdown(report);
    default:
      return tables satisfies never;
  }
}
