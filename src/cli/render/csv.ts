import { inBatches } from '../../batches.ts';
import type { Report, StreamedTable } from '../../job/report.ts';
import { plainText } from '../../text/plain-text.ts';

/** A spreadsheet runs cells that begin like this as formulas; a plain number is none. */
const formulaStart = /^\s*[=+\-@]/;
const plainNumber = /^[+-]?\d+(?:[.,]\d+)?%?$/;

function field(text: string): string {
  const plain = plainText(text);
  // What is written decides: an invisible character that is left out must not have hidden the beginning.
  const safe = formulaStart.test(plain) && !plainNumber.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The tables of the report as CSV (RFC 4180: CRLF, quotes doubled), each with its header, an empty line between them;
 * headings and lines are left out. A cell that a spreadsheet would run as a formula gets an apostrophe in front.
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
