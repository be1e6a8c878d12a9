import type { Report, ReportBlock, StreamedReport, StreamedTable } from '../../job/report.ts';
import { inBatches } from '../../text/batches.ts';
import { plainText } from '../../text/plain-text.ts';
import { bold, painted, tinted } from './paint.ts';
import { formOf, setHeader, setRow, TableMeasure } from './table.ts';
import { wrapText } from './wrap.ts';

export interface TextOptions {
  /** Width of the terminal: wide tables are set for it. undefined: nothing is cut or wrapped. */
  readonly columns: number | undefined;
  readonly color: boolean;
}

type TableBlock = Extract<ReportBlock, { kind: 'table' }>;

function renderTable(block: TableBlock, { columns, color }: TextOptions): string {
  const { names, rows, layout } = formOf(block, block.narrow, columns);
  return [
    ...setHeader(names, layout, color),
    ...rows.flatMap((row) => setRow(names, row, layout, color)),
  ].join('\n');
}

const rowsAPiece = 500;

/** As {@link renderTable}; the rows are asked for twice, to measure them and then to print them. */
async function* tablePieces(
  { columns: names, rows }: StreamedTable,
  { columns, color }: TextOptions,
): AsyncGenerator<string> {
  const measured = new TableMeasure(names);
  for await (const row of rows()) measured.add(row);
  const layout = measured.layout(columns);
  yield setHeader(names, layout, color).join('\n');
  for await (const some of inBatches(rows(), rowsAPiece)) {
    yield some
      .flatMap((cells) => setRow(names, { cells, below: '' }, layout, color))
      .map((line) => `\n${line}`)
      .join('');
  }
}

function renderBlock(block: ReportBlock, options: TextOptions): string {
  const lines = (text: string) => wrapText(plainText(text), options.columns ?? Number.POSITIVE_INFINITY);
  switch (block.kind) {
    case 'heading':
      return lines(block.text)
        .map((line) => painted(line, bold, options.color))
        .join('\n');
    case 'line':
      return lines(block.text)
        .map((line) => tinted(line, block.tone, options.color))
        .join('\n');
    case 'code':
      return block.lines.flatMap(lines).join('\n');
    case 'table':
      return renderTable(block, options);
    default:
      return block satisfies never;
  }
}

/** An empty line between blocks, but not under a heading or between two lines of text. */
function separator(before: StreamedReport[number] | undefined, block: StreamedReport[number]): string {
  if (before === undefined || before.kind === 'heading') return '';
  return before.kind === 'line' && block.kind === 'line' ? '' : '\n';
}

/** The report for a terminal or a log: ends with a newline; an empty report is the empty string. */
export function renderText(report: Report, options: TextOptions): string {
  return report
    .map((block, index) => `${separator(report[index - 1], block)}${renderBlock(block, options)}\n`)
    .join('');
}

/** The same, piece by piece. */
export async function* textPieces(report: StreamedReport, options: TextOptions): AsyncGenerator<string> {
  for (const [index, block] of report.entries()) {
    yield separator(report[index - 1], block);
    if (block.kind === 'rows') yield* tablePieces(block, options);
    else yield renderBlock(block, options);
    yield '\n';
  }
}
