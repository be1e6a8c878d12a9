/*
 * Characters that nobody sees, and that change what is seen around them: control characters, those that turn the direction of writing or join
 * nothing, line separators. A line break and a tab are spaces, as everywhere in HTML.
 */
const hidden =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
const blank = /[\t\n\r]/;

export function hasHidden(text: string): boolean {
  return hidden.test(text);
}

interface Piece {
  readonly text: string;
  readonly hidden: boolean;
}

/** The text in pieces; a hidden character is one, by its name: `U+202E`. */
export function markedPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  for (const character of text) {
    if (!hidden.test(character)) plain += character;
    else if (blank.test(character)) plain += ' ';
    else {
      if (plain !== '') pieces.push({ text: plain, hidden: false });
      plain = '';
      pieces.push({ text: nameOf(character), hidden: true });
    }
  }
  if (plain !== '') pieces.push({ text: plain, hidden: false });
  return pieces;
}

/** The same as one text, where no element can mark them: `[U+202E]`. */
export function markedText(text: string): string {
  if (!hasHidden(text)) return text;
  return markedPieces(text)
    .map((piece) => (piece.hidden ? `[${piece.text}]` : piece.text))
    .join('');
}

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
