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

function plainCells(row: ReadonlyArray<string | Cell>): readonly Cell[] {
  return row.map((cell) =>
    typeof cell === 'string' ? { text: plainText(cell) } : { ...cell, text: plainText(cell.text) },
  );
}

/** The header and the rows, each as its lines. */
function setTable(block: TableBlock, { columns, color }: TextOptions): readonly (readonly string[])[] {
  const cells = [
    plainCells(block.columns).map(({ text }): Cell => ({ text: text.toUpperCase() })),
    ...block.rows.map(plainCells),
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
  const wrapped = cells.map((row) =>
    row.map(({ text, tone }, column) => ({ tone, lines: wrapText(text, widths[column] ?? text.length) })),
  );
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const [index, row] of wrapped.entries()) {
    table.push(
      row.map(({ tone, lines }) =>
        lines
          .map((line) => (index === 0 ? painted(line, bold, color) : tinted(line, tone, color)))
          .join('\n'),
      ),
    );
  }
  const lines = table.toString().replace(/ +$/gm, '').split('\n');
  return wrapped.map((row) => lines.splice(0, Math.max(...row.map((cell) => cell.lines.length))));
}

const isWiderThan = (rows: readonly (readonly string[])[], columns: number) =>
  rows.some((lines) => lines.some((line) => stringWidth(line) > columns));

function renderTable(block: TableBlock, options: TextOptions): string {
  const { columns } = options;
  const { narrow } = block;
  const tooNarrow =
    columns !== undefined && isWiderThan(setTable(block, { columns: undefined, color: false }), columns);
  if (narrow === undefined || !tooNarrow) return setTable(block, options).flat().join('\n');
  const rows = setTable(
    { kind: 'table', columns: narrow.columns, rows: narrow.rows.map(({ cells }) => cells) },
    options,
  );
  return rows
    .flatMap((lines, index) => [...lines, ...below(narrow.rows[index - 1]?.below ?? '', columns)])
    .join('\n');
}

function below(text: string, columns: number): readonly string[] {
  return text === '' ? [] : wrapText(plainText(text), columns - gap.length).map((line) => `${gap}${line}`);
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
