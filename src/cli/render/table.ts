import stringWidth from 'string-width';
import type { Cell, NarrowTable, Tone } from '../../job/report.ts';
import { plainText } from '../../text/plain-text.ts';
import { bold, painted, tinted } from './paint.ts';
import { type ColumnWidth, fitColumns, wrapText } from './wrap.ts';

/*
 * How a table is set on a line of so many cells. What fits is set on one line a row. Else its cells are wrapped between words, where
 * every word stays whole and no row becomes too tall. Else it takes its narrow form: the first columns that have room, and below each
 * row a line with the rest. Only a word that is longer than the whole line is cut.
 */

const gap = '  ';
/** A taller cell is easier to read as a line of its own. */
const mostLines = 4;
/** A column of words that stays beside others needs no more than this. */
const readable = 24;

type Cells = ReadonlyArray<string | Cell>;

export interface TableRow {
  readonly cells: Cells;
  /** Printed under the row. */
  readonly below: string;
}

export interface TableLayout {
  /** Which columns stay in the table; the others are printed below each row. */
  readonly shown: readonly number[];
  /** Of the columns that are shown. */
  readonly widths: readonly number[];
  readonly columns: number | undefined;
}

/** How wide the columns of a table want to be, after each of its rows. */
export class TableMeasure {
  readonly #columns: ColumnWidth[];

  constructor(names: readonly string[]) {
    this.#columns = names.map(() => ({ natural: 0, word: 0 }));
    this.add(titles(names));
  }

  add(cells: Cells): void {
    for (const [index, { natural, word }] of this.#columns.entries()) {
      const text = plainCell(cells[index] ?? '').text;
      this.#columns[index] = {
        natural: Math.max(natural, stringWidth(text)),
        word: text.split(' ').reduce((width, part) => Math.max(width, stringWidth(part)), word),
      };
    }
  }

  /** Has each row room on one line? */
  fits(columns: number | undefined): boolean {
    return columns === undefined || lineOf(this.#columns.map(({ natural }) => natural)) <= columns;
  }

  layout(columns: number | undefined): TableLayout {
    const all = this.#columns;
    const every = all.map((_, index) => index);
    if (columns === undefined || this.fits(columns)) {
      return { shown: every, widths: all.map(({ natural }) => natural), columns };
    }
    const wrapped = this.#fit(every, columns);
    const tall = all.some(({ natural }, index) => natural > mostLines * (wrapped[index] ?? natural));
    if (lineOf(all.map(({ word }) => word)) <= columns && !tall) {
      return { shown: every, widths: wrapped, columns };
    }
    const shown = this.#withRoom(columns);
    return { shown, widths: this.#fit(shown, columns), columns };
  }

  /** The first column, and each other one for which the line has room. */
  #withRoom(columns: number): readonly number[] {
    const shown: number[] = [];
    let used = -gap.length;
    for (const [index, { natural, word }] of this.#columns.entries()) {
      const wanted = gap.length + Math.min(natural, Math.max(word, readable));
      if (index > 0 && used + wanted > columns) continue;
      shown.push(index);
      used += wanted;
    }
    return shown;
  }

  #fit(shown: readonly number[], columns: number): readonly number[] {
    const some = shown.flatMap((index) => this.#columns[index] ?? []);
    return fitColumns(some, columns - gap.length * (some.length - 1));
  }
}

function lineOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
}

function plainCell(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: plainText(cell) } : { ...cell, text: plainText(cell.text) };
}

function titles(names: readonly string[]): readonly string[] {
  return names.map((name) => plainText(name).toUpperCase());
}

/** The lines of the header. */
export function setHeader(names: readonly string[], layout: TableLayout, color: boolean): readonly string[] {
  return setCells(titles(names), layout, (line) => painted(line, bold, color));
}

/** The lines of a row. */
export function setRow(
  names: readonly string[],
  { cells, below }: TableRow,
  layout: TableLayout,
  color: boolean,
): readonly string[] {
  const left = names.flatMap((name, index) => {
    const { text } = plainCell(cells[index] ?? '');
    return layout.shown.includes(index) || text === '' || text === '-' ? [] : `${plainText(name)}: ${text}`;
  });
  const rest = [...left, ...(below === '' ? [] : [plainText(below)])].reduce(joinFacts, '');
  const under = rest === '' ? [] : wrapText(rest, (layout.columns ?? Number.POSITIVE_INFINITY) - gap.length);
  return [
    ...setCells(cells, layout, (line, tone) => tinted(line, tone, color)),
    ...under.map((line) => `${gap}${line}`),
  ];
}

/** A fact that is a sentence has its own end. */
function joinFacts(before: string, fact: string): string {
  if (before === '') return fact;
  return before.endsWith('.') ? `${before} ${fact}` : `${before}; ${fact}`;
}

function setCells(
  cells: Cells,
  { shown, widths }: TableLayout,
  paint: (line: string, tone: Tone | undefined) => string,
): readonly string[] {
  const wrapped = shown.map((column, index) => {
    const { text, tone } = plainCell(cells[column] ?? '');
    return { tone, lines: wrapText(text, widths[index] ?? stringWidth(text)) };
  });
  const height = Math.max(...wrapped.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    wrapped
      .map(({ lines, tone }, index) => {
        const line = lines[at] ?? '';
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(line)));
        return `${paint(line, tone)}${padding}`;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** The form of a table for a line of so many cells, with its own narrow form where it has one and a row needs more than a line. */
export function formOf(
  wide: { readonly columns: readonly string[]; readonly rows: readonly Cells[] },
  narrow: NarrowTable | undefined,
  columns: number | undefined,
): { readonly names: readonly string[]; readonly rows: readonly TableRow[]; readonly layout: TableLayout } {
  const measured = measure(wide.columns, wide.rows);
  if (narrow === undefined || measured.fits(columns)) {
    const rows = wide.rows.map((cells) => ({ cells, below: '' }));
    return { names: wide.columns, rows, layout: measured.layout(columns) };
  }
  const own = measure(
    narrow.columns,
    narrow.rows.map(({ cells }) => cells),
  );
  return { names: narrow.columns, rows: narrow.rows, layout: own.layout(columns) };
}

function measure(names: readonly string[], rows: readonly Cells[]): TableMeasure {
  const measured = new TableMeasure(names);
  for (const row of rows) measured.add(row);
  return measured;
}
