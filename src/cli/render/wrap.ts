import stringWidth from 'string-width';

/**
 * Breaks between words; a word that is wider than a line is cut, since nothing may be lost. A text that begins with spaces has them on
 * each line. Widths are terminal cells.
 */
export function wrapText(text: string, width: number): readonly string[] {
  if (stringWidth(text) <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  if (indent !== '' && indent.length < width / 2)
    return wrapText(text.slice(indent.length), width - indent.length).map((line) => indent + line);
  const lines: string[] = [];
  let line = '';
  const push = (word: string) => {
    if (line !== '') lines.push(line);
    line = word;
  };
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (stringWidth(joined) <= width) {
      line = joined;
      continue;
    }
    push('');
    for (const character of word) {
      if (stringWidth(line + character) > width) push(character);
      else line += character;
    }
  }
  push('');
  return lines;
}

/** Below this a column of words cannot be read. */
const narrowest = 8;

/** How wide a column would like to be, and how wide its longest word is. */
export interface ColumnWidth {
  readonly natural: number;
  readonly word: number;
}

/**
 * The widths of columns that together may take `available` cells: what fits stays as it is, and the widest give way first,
 * down to their longest word; what is left over goes to those with most lines. Where their longest words alone have no room, words
 * are cut; on a terminal that is too narrow for that, columns keep a readable width and the lines run over.
 */
export function fitColumns(columns: readonly ColumnWidth[], available: number): readonly number[] {
  const whole = shrink(columns, available, ({ word }) => word);
  if (total(whole) > available) return shrink(columns, available, () => narrowest);
  return withLeftOver(columns, whole, available - total(whole));
}

/** Each cell to the column that would otherwise have most lines. */
function withLeftOver(
  columns: readonly ColumnWidth[],
  widths: readonly number[],
  leftOver: number,
): readonly number[] {
  const result = [...widths];
  const lines = (index: number) => (columns[index]?.natural ?? 0) / (result[index] ?? 1);
  for (let cells = leftOver; cells > 0; cells -= 1) {
    const most = result.reduce((best, _, index) => (lines(index) > lines(best) ? index : best), 0);
    if (lines(most) <= 1) break;
    result[most] = (result[most] ?? 0) + 1;
  }
  return result;
}

function shrink(
  columns: readonly ColumnWidth[],
  available: number,
  least: (column: ColumnWidth) => number,
): readonly number[] {
  const at = (limit: number) =>
    columns.map((column) => Math.min(column.natural, Math.max(limit, least(column))));
  let limit = columns.reduce((widest, { natural }) => Math.max(widest, natural), narrowest);
  while (limit > narrowest && total(at(limit)) > available) limit -= 1;
  return at(limit);
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0);
}
