import stringWidth from 'string-width';
import { renderText } from '../../src/cli/render/text.ts';
import type { Report } from '../../src/job/report.ts';

/** What is wrong with a report on a terminal so wide: lines that run over, and words of its cells that are not there as a whole. */
export function brokenOn(report: Report, columns: number): readonly string[] {
  const text = renderText(report, { columns, color: false });
  const wide = text.split('\n').filter((line) => stringWidth(line) > columns);
  const there = new Set(text.split(/[\s;]+/));
  const cells = report.flatMap((block) => (block.kind === 'table' ? block.rows.flat() : []));
  const words = cells.flatMap((cell) => (typeof cell === 'string' ? cell : cell.text).split(/[\s;]+/));
  const lost = words.filter((word) => word !== '-' && !there.has(word));
  return [...wide.map((line) => `too wide: ${line}`), ...lost.map((word) => `broken: ${word}`)];
}
