import type { Cell } from '../job/report.ts';
import { inBatches } from '../text/batches.ts';
import { markup, pieceBefore, slot } from './markup.ts';

type Row = ReadonlyArray<string | Cell>;

/** Where a cell leads; undefined: nowhere. */
export type CellLink = (column: string, text: string) => string | undefined;

export interface PageTable {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<Row> | Iterable<Row>;
  /** Columns of numbers alone, when that is known before the rows are read. */
  readonly numeric: ReadonlySet<number>;
  /** Small numbers: on a narrow screen several stand on one line. */
  readonly compact?: boolean;
  readonly link?: CellLink | undefined;
}

const rowsAPiece = 200;

/** A table, piece by piece: memory does not grow with it. Roles are written, since a narrow screen shows rows as blocks. */
export async function* tablePieces(table: PageTable): AsyncGenerator<string> {
  const { label, columns, rows, numeric, compact, link } = table;
  const [before, after] = pieceBefore(
    <table role="table" aria-label={label} class={compact === true ? 'compact' : undefined}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((name, index) => (
            <th
              role="columnheader"
              scope="col"
              class={numeric.has(index) ? 'n' : withoutBreak.test(name) ? 'long' : undefined}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">{slot}</tbody>
    </table>,
  );
  yield before;
  for await (const some of inBatches(rows, rowsAPiece)) {
    yield some.map((row) => markup(<TableRow {...{ columns, row, numeric, link }} />)).join('');
  }
  yield after;
}

function TableRow({
  columns,
  row,
  numeric,
  link,
}: {
  columns: readonly string[];
  row: Row;
  numeric: ReadonlySet<number>;
  link: CellLink | undefined;
}) {
  return (
    <tr role="row">
      {row.map((cell, index) => {
        const { text, tone = 'plain' } = typeof cell === 'string' ? { text: cell } : cell;
        const href = text === '' ? undefined : link?.(columns[index] ?? '', text);
        const content = tone === 'plain' || text === '' ? text : <Toned text={text} tone={tone} />;
        return (
          <td role="cell" data-label={columns[index] ?? ''} class={numeric.has(index) ? 'n' : classOf(text)}>
            {href === undefined ? content : <a href={href}>{content}</a>}
          </td>
        );
      })}
    </tr>
  );
}

/** A word is a badge, a sentence is coloured. */
function Toned({ text, tone }: { text: string; tone: string }) {
  return <span class={`${text.length > 24 ? 'tone' : 'badge'} ${tone}`}>{text}</span>;
}

/** Only what has no place to break is broken anywhere. */
const withoutBreak = /[^\s-]{16}/;
const dateLike = /^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?$/;

function classOf(text: string): string | undefined {
  if (dateLike.test(text)) return 'date';
  return withoutBreak.test(text) ? 'long' : undefined;
}

const number = /^[+\-−]?\d[\d.,]*(?: ?%)?$/;

/** The columns in which every cell is a number, or empty. */
export function numericColumns(columns: readonly string[], rows: readonly Row[]): ReadonlySet<number> {
  const textOf = (cell: string | Cell | undefined) => (typeof cell === 'object' ? cell.text : (cell ?? ''));
  return new Set(
    columns.flatMap((_, index) => {
      const texts = rows.map((row) => textOf(row[index])).filter((text) => text !== '' && text !== '-');
      return texts.length > 0 && texts.every((text) => number.test(text)) ? [index] : [];
    }),
  );
}
