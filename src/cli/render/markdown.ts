import type { Report, ReportBlock } from '../../job/report.ts';
import { plainText } from '../../text/plain-text.ts';

function escaped(text: string): string {
  return plainText(text).replace(/[\\`*_[\]<>|#~&]/g, '\\$&');
}

function renderBlock(block: ReportBlock): string {
  switch (block.kind) {
    case 'heading':
      return `## ${escaped(block.text)}`;
    case 'line':
      return escaped(block.text);
    case 'table': {
      const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
      return [
        line(block.columns.map(escaped)),
        line(block.columns.map(() => '---')),
        ...block.rows.map((row) =>
          line(row.map((cell) => escaped(typeof cell === 'string' ? cell : cell.text))),
        ),
      ].join('\n');
    }
    default:
      return block satisfies never;
  }
}

/** The report as GitHub-flavoured Markdown; text from the database is escaped, so that it cannot become markup. */
export function renderMarkdown(report: Report): string {
  return report.length === 0 ? '' : `${report.map(renderBlock).join('\n\n')}\n`;
}
