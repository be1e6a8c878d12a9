/** Text that is put together from the pieces of an HTML document, with white space as a browser would show it. */
export class Flow {
  text = '';
  /** White space before the first and after the last piece, for whoever puts this text into another. */
  leadingSpace = false;
  trailingSpace = false;
  #breaks = 0;
  #separator = '';

  /** A piece that stays as it is. */
  add(piece: string): void {
    if (piece === '') return;
    if (this.text === '') this.leadingSpace ||= this.trailingSpace;
    else if (this.#breaks > 0) this.text += '\n'.repeat(this.#breaks);
    else if (this.#separator !== '') this.text += this.#separator;
    else if (this.trailingSpace) this.text += ' ';
    this.text += piece;
    this.trailingSpace = false;
    this.#breaks = 0;
    this.#separator = '';
  }

  space(): void {
    this.trailingSpace = true;
  }

  /** What follows begins after at least this many line ends. */
  block(breaks: number): void {
    this.#breaks = Math.max(this.#breaks, breaks);
  }

  lineBreak(): void {
    this.#breaks = Math.min(this.#breaks + 1, 2);
  }

  /** What follows, if it stays on the line, is set apart by this. */
  separate(separator: string): void {
    this.#separator = separator;
  }

  /** Line ends that are due; they belong to whoever puts this text into another. */
  get pendingBreaks(): number {
    return this.#breaks;
  }
}
