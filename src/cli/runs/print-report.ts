import { plainPage } from '../../html/plain-page.ts';
import type { Report } from '../../job/report.ts';
import type { Io } from '../io.ts';
import { renderCsv } from '../render/csv.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { renderText } from '../render/text.ts';

/** Prints a report on stdout: for people, or in the format that `--format` names. A page of the daemon takes it as data. */
export function printReport(io: Io, report: Report): void {
  if (io.show !== undefined) io.show(plainPage('', report));
  else io.stdout.write(render(io, report));
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
