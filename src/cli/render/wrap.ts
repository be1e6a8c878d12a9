import stringWidth from 'string-width';

/** Breaks between words; a word that is wider than a line is cut, since nothing may be lost. Widths are terminal cells. */
export function wrapText(text: string, width: number): readonly string[] {
  if (stringWidth(text) <= width) return [text];
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

/**
 * The widths of columns that together may take `available` cells: what fits stays as it is, and the widest give way first.
 * On a terminal that is too narrow for that, columns keep a readable width and the lines run over.
 */
export function fitColumns(natural: readonly number[], available: number): readonly number[] {
  const total = (limit: number) => natural.reduce((sum, width) => sum + Math.min(width, limit), 0);
  let limit = Math.max(narrowest, ...natural);
  while (limit > narrowest && total(limit) > available) limit -= 1;
  return natural.map((width) => Math.min(width, limit));
}
