import type { Report, StreamedTable } from '../../job/report.ts';
import { inBatches } from '../../text/batches.ts';
import { plainText } from '../../text/plain-text.ts';

/** A spreadsheet runs cells that begin like this as formulas, in full-width characters too; a plain number is none. */
const formulaStart = /^[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const plainNumber = /^\s*[+-]?\d+(?:[.,]\d+)?%?\s*$/;

/** Where a program may begin a cell that reads the file by the separator of its own country or none of our quotes. */
const cellStart = /(?<=[;,|])/;

/** No part of the text is a formula, wherever it is cut into cells: an apostrophe in front makes it words. */
function withoutFormula(text: string): string {
  if (plainNumber.test(text)) return text;
  return text
    .split(cellStart)
    .map((part) =>
      formulaStart.test(part) && !plainNumber.test(part.replace(/[;,|]$/, '')) ? `'${part}` : part,
    )
    .join('');
}

function field(text: string): string {
  // What is written decides: an invisible character that is left out must not have hidden the beginning.
  const safe = withoutFormula(plainText(text));
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The tables of the report as CSV (RFC 4180: CRLF, quotes doubled), each with its header, an empty line between them;
 * headings and lines are left out. What a spreadsheet would run as a formula, at the start of a cell or after a separator, gets an apostrophe in front.
 */
export function renderCsv(report: Report): string {
  return report
    .flatMap((block) => {
      if (block.kind !== 'table') return [];
      const rows = block.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
      return [[block.columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')];
    })
    .join('\r\n');
}

const rowsAPiece = 500;

/** The same of one table, piece by piece. */
export async function* csvPieces({ columns, rows }: StreamedTable): AsyncGenerator<string> {
  const header = renderCsv([{ kind: 'table', columns, rows: [] }]);
  yield header;
  for await (const some of inBatches(rows(), rowsAPiece)) {
    yield renderCsv([{ kind: 'table', columns, rows: some }]).slice(header.length);
  }
}
