import Table from 'cli-table3';
import type { Cell, Report, ReportBlock, Tone } from '../../job/report.ts';
import { plainText } from '../../text/plain-text.ts';

export interface TextOptions {
  /** Width of the terminal: wide tables are wrapped to it. undefined: nothing is cut or wrapped. */
  readonly columns: number | undefined;
  readonly color: boolean;
}

const sequences: Readonly<Record<Exclude<Tone, 'plain'>, string>> = {
  good: '32',
  notice: '36',
  warning: '33',
  bad: '31',
};

function paint(text: string, code: string, color: boolean): string {
  return color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function tinted(text: string, tone: Tone | undefined, color: boolean): string {
  return tone === undefined || tone === 'plain' ? text : paint(text, sequences[tone], color);
}

function renderTable(block: Extract<ReportBlock, { kind: 'table' }>, options: TextOptions): string {
  const table = new Table({ head: block.columns.map(plainText) });
  for (const row of block.rows) {
    table.push(row.map((cell: string | Cell) => plainText(typeof cell === 'string' ? cell : cell.text)));
  }
  return tinted(table.toString(), undefined, options.color);
}

function renderBlock(block: ReportBlock, options: TextOptions): string {
  switch (block.kind) {
    case 'heading':
      return paint(plainText(block.text), '1', options.color);
    case 'line':
      return tinted(plainText(block.text), block.tone, options.color);
    case 'table':
      return renderTable(block, options);
    default:
      return block satisfies never;
  }
}

/** The report for a terminal or a log: ends with a newline; an empty report is the empty string. */
export function renderText(report: Report, options: TextOptions): string {
  return report.map((block) => `${renderBlock(block, options)}\n`).join('');
}
