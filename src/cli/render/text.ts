import Table from 'cli-table3';
import stringWidth from 'string-width';
import { inBatches } from '../../batches.ts';
import type { Cell, Report, ReportBlock, StreamedReport, StreamedTable, Tone } from '../../job/report.ts';
import { plainText } from '../../text/plain-text.ts';
import { type ColumnWidth, fitColumns, wrapText } from './wrap.ts';

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

function titles(columns: readonly string[]): readonly Cell[] {
  return plainCells(columns).map(({ text }): Cell => ({ text: text.toUpperCase() }));
}

/** How wide the columns of a table want to be, after each of its rows. */
class WantedWidths {
  readonly #columns: ColumnWidth[];

  constructor(columns: readonly string[]) {
    this.#columns = columns.map(() => ({ natural: 0, word: 0 }));
    this.add(titles(columns));
  }

  add(cells: readonly Cell[]): void {
    for (const [index, { natural, word }] of this.#columns.entries()) {
      const text = cells[index]?.text ?? '';
      this.#columns[index] = {
        natural: Math.max(natural, stringWidth(text)),
        word: text.split(' ').reduce((width, part) => Math.max(width, stringWidth(part)), word),
      };
    }
  }

  /** What they get on a terminal so wide. */
  fit(columns: number | undefined): readonly number[] {
    return columns === undefined
      ? this.#columns.map((column) => column.natural)
      : fitColumns(this.#columns, columns - gap.length * (this.#columns.length - 1));
  }
}

function fittingWidths({ columns: names, rows }: TableBlock, columns: number | undefined): readonly number[] {
  const wanted = new WantedWidths(names);
  for (const row of rows) wanted.add(plainCells(row));
  return wanted.fit(columns);
}

/** The lines of each cell. */
function wrapRow(cells: readonly Cell[], widths: readonly number[]) {
  return cells.map(({ text, tone }, column) => ({
    tone,
    lines: wrapText(text, widths[column] ?? text.length),
  }));
}

/**
 * The header and the rows, each as its lines.
 *
 * @param filled how wide the columns are in fact, where these are not all rows of the table.
 */
function setTable(
  block: TableBlock,
  { columns, color }: TextOptions,
  widths = fittingWidths(block, columns),
  filled?: readonly number[],
): readonly (readonly string[])[] {
  const cells = [titles(block.columns), ...block.rows.map(plainCells)];
  const wrapped = cells.map((row) => wrapRow(row, widths));
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    ...(filled === undefined ? {} : { colWidths: [...filled] }),
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

const rowsAPiece = 500;

/** As {@link renderTable}; the rows are asked for once or twice to measure them, and then to print them. */
async function* tablePieces(
  { columns: names, rows }: StreamedTable,
  options: TextOptions,
): AsyncGenerator<string> {
  const wanted = new WantedWidths(names);
  for await (const row of rows()) wanted.add(plainCells(row));
  const widths = wanted.fit(options.columns);
  const filled = options.columns === undefined ? widths : await filledWidths(names, rows, widths);
  const set = (some: TableBlock['rows']) =>
    setTable({ kind: 'table', columns: names, rows: some }, options, widths, filled);
  yield set([]).flat().join('\n');
  for await (const some of inBatches(rows(), rowsAPiece)) {
    yield set(some)
      .slice(1)
      .flat()
      .map((line) => `\n${line}`)
      .join('');
  }
}

/** Lines that are broken between words may all be shorter than their column might be. */
async function filledWidths(
  names: readonly string[],
  rows: StreamedTable['rows'],
  widths: readonly number[],
): Promise<readonly number[]> {
  const filled = widths.map(() => 0);
  const add = (cells: readonly Cell[]) => {
    for (const [column, { lines }] of wrapRow(cells, widths).entries()) {
      filled[column] = lines.reduce((width, line) => Math.max(width, stringWidth(line)), filled[column] ?? 0);
    }
  };
  add(titles(names));
  for await (const row of rows()) add(plainCells(row));
  return filled;
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
