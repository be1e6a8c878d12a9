import type { Report, ReportBlock, StreamedReport } from '../../job/report.ts';
import { inBatches } from '../../text/batches.ts';
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
    case 'code':
      // A fence longer than any in the lines cannot be ended by them.
      return fenced(block.lines.map(plainText));
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

function fenced(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [fence, ...lines, fence].join('\n');
}

/** The report as GitHub-flavoured Markdown; text from the database is escaped, so that it cannot become markup. */
export function renderMarkdown(report: Report): string {
  return report.length === 0 ? '' : `${report.map(renderBlock).join('\n\n')}\n`;
}

const rowsAPiece = 500;

/** The same, piece by piece. */
export async function* markdownPieces(report: StreamedReport): AsyncGenerator<string> {
  let between = '';
  for (const block of report) {
    yield between;
    between = '\n\n';
    if (block.kind !== 'rows') {
      yield renderBlock(block);
      continue;
    }
    const { columns } = block;
    const head = renderBlock({ kind: 'table', columns, rows: [] });
    yield head;
    for await (const rows of inBatches(block.rows(), rowsAPiece)) {
      yield renderBlock({ kind: 'table', columns, rows }).slice(head.length);
    }
  }
  if (report.length > 0) yield '\n';
}
