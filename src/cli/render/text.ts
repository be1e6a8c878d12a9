import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { Cell, Report, ReportBlock, Tone } from '../../job/report.ts';
import { plainText } from '../../text/plain-text.ts';
import { fitColumns, wrapText } from './wrap.ts';

export interface TextOptions {
  /** Width of the terminal: wide tables are wrapped to it. undefined: nothing is cut or wrapped. */
  readonly columns: number | undefined;
  readonly color: boolean;
}

type TableBlock = Extract<ReportBlock, { kind: 'table' }>;

const bold = '1';
const sequences: Readonly<Record<Exclude<Tone, 'plain'>, string>> = {
  good: '32',
  notice: '36',
  warning: '33',
  bad: '31',
};

function painted(text: string, code: string, color: boolean): string {
  return color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function tinted(text: string, tone: Tone | undefined, color: boolean): string {
  return tone === undefined || tone === 'plain' ? text : painted(text, sequences[tone], color);
}

const gap = '  ';
const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: gap,
};

function renderTable(block: TableBlock, { columns, color }: TextOptions): string {
  const cells = [
    block.columns.map((title): Cell => ({ text: plainText(title).toUpperCase() })),
    ...block.rows.map((row) =>
      row.map((cell): Cell => {
        if (typeof cell === 'string') return { text: plainText(cell) };
        return { ...cell, text: plainText(cell.text) };
      }),
    ),
  ];
  const widest = (index: number, parts: (text: string) => readonly string[]) =>
    cells
      .flatMap((row) => parts(row[index]?.text ?? ''))
      .reduce((width, part) => Math.max(width, stringWidth(part)), 0);
  const natural = block.columns.map((_, index) => ({
    natural: widest(index, (text) => [text]),
    word: widest(index, (text) => text.split(' ')),
  }));
  const widths =
    columns === undefined
      ? natural.map((column) => column.natural)
      : fitColumns(natural, columns - gap.length * (natural.length - 1));
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const [index, row] of cells.entries()) {
    table.push(
      row.map(({ text, tone }, column) =>
        wrapText(text, widths[column] ?? text.length)
          .map((line) => (index === 0 ? painted(line, bold, color) : tinted(line, tone, color)))
          .join('\n'),
      ),
    );
  }
  return table.toString().replace(/ +$/gm, '');
}

function renderBlock(block: ReportBlock, options: TextOptions): string {
  switch (block.kind) {
    case 'heading':
      return painted(plainText(block.text), bold, options.color);
    case 'line':
      return wrapText(plainText(block.text), options.columns ?? Number.POSITIVE_INFINITY)
        .map((line) => tinted(line, block.tone, options.color))
        .join('\n');
    case 'table':
      return renderTable(block, options);
    default:
      return block satisfies never;
  }
}

/** An empty line between blocks, but not under a heading or between two lines of text. */
function separator(before: ReportBlock | undefined, block: ReportBlock): string {
  if (before === undefined || before.kind === 'heading') return '';
  return before.kind === 'line' && block.kind === 'line' ? '' : '\n';
}

/** The report for a terminal or a log: ends with a newline; an empty report is the empty string. */
export function renderText(report: Report, options: TextOptions): string {
  return report
    .map((block, index) => `${separator(report[index - 1], block)}${renderBlock(block, options)}\n`)
    .join('');
}
