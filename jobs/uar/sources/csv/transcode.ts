import { InconclusiveSource } from '../../../../src/sources/source.ts';
import { count } from '../../../../src/text/count.ts';
import { backslash, cr, escapes, lf, quote, tab } from './bytes.ts';

/*
 * CSV (RFC 4180) in UTF-8 to COPY's text format, byte by byte: no row and no value becomes an object. COPY reads CSV too, but
 * takes `\.` on a line of its own for the end of the data (before PostgreSQL 18), a quotation mark inside a cell for a quoted
 * part, refuses lines that end differently, and tells a quoted empty cell from one that is not. Here:
 *
 * | in the file                                          | what becomes of it                    |
 * | LF, CRLF or CR outside quotation marks               | the end of a row, mixed as they may be |
 * | an empty line                                        | passed over                           |
 * | an empty cell, quoted or not                         | NULL: CSV has no way to tell them apart |
 * | more or fewer cells than the header                  | inconclusive, with the line           |
 * | a value in a column without a name                   | inconclusive, with the line           |
 * | a quotation mark in a cell that does not begin with one, or text after the closing one | inconclusive, with the line |
 * | the end of the file between quotation marks          | inconclusive, with the line           |
 * | a NUL byte                                           | inconclusive, with the line           |
 */

/** A row may be this large; a quotation mark that is never closed is found here and not at the end of a huge file. */
const largestRowBytes = 16 * 1024 * 1024;

/** More than one step writes: the number of a row, or `\N` and a delimiter. */
const slack = 64;

const FieldStart = 0;
const Bare = 1;
const Quoted = 2;
const AfterQuote = 3;

const leftOut = 1;
const mustBeEmpty = 2;

export interface TranscodeOptions {
  /** One ASCII character. */
  readonly delimiter: string;
  /** Of each cell of a row: `left out` cells are read and not written; so are those that must be empty. */
  readonly uses: readonly ('staged' | 'left out' | 'empty')[];
  /** The line that the first byte is on, from 1. */
  readonly line: number;
  /** Begins every reason: the file as people know it. */
  readonly file: string;
}

/** The state of one file; bytes go in as they come. */
export class CsvTranscoder {
  readonly #delimiter: number;
  readonly #columns: number;
  /** By the number of the cell; 0: it is written. */
  readonly #skipped: Uint8Array;
  readonly #file: string;
  /** Bytes that end a run of plain ones inside a cell. */
  readonly #special = new Uint8Array(256);
  #state = FieldStart;
  #inRow = false;
  #cells = 0;
  #cellEmpty = true;
  #afterReturn = false;
  #rowLine: number;
  #rowBytes = 0;
  #out = Buffer.alloc(0);
  #written = 0;
  #finished: Buffer[] = [];
  /** Where the next byte is. */
  line: number;
  rows = 0;

  constructor({ delimiter, uses, line, file }: TranscodeOptions) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#columns = uses.length;
    this.#skipped = Uint8Array.from(
      uses,
      (use) => ({ staged: 0, 'left out': leftOut, empty: mustBeEmpty })[use],
    );
    this.#file = file;
    this.line = line;
    this.#rowLine = line;
    for (const byte of [0, tab, lf, cr, quote, backslash, this.#delimiter]) this.#special[byte] = 1;
  }

  /** @returns the rows so far, as far as they go. @throws InconclusiveSource */
  write(input: Uint8Array): Buffer[] {
    let at = 0;
    while (at < input.length) {
      this.#reserve(input.length - at);
      if (this.#state === Bare || this.#state === Quoted)
        at = this.#isSkipped() ? this.#skippedRun(input, at) : this.#plainRun(input, at);
      const byte = input[at];
      if (byte === undefined) break;
      this.#byte(byte);
      at += 1;
    }
    this.#rowBytes += this.#inRow ? input.length : 0;
    if (this.#rowBytes > largestRowBytes) {
      throw this.#at(this.#rowLine, 'the row is larger than 16 MB: is a quotation mark not closed?');
    }
    return this.#take();
  }

  /** The end of the file. @throws InconclusiveSource */
  end(): Buffer[] {
    if (this.#state === Quoted) {
      throw this.#at(
        this.#rowLine,
        'a quotation mark is opened in this row and never closed: the file ends in it',
      );
    }
    this.#reserve(slack);
    if (this.#inRow) this.#endRow();
    return this.#take();
  }

  /** Most of a file: bytes of a cell that mean nothing else, and delimiters before such bytes. Gives where they end. */
  #plainRun(input: Uint8Array, from: number): number {
    const special = this.#special;
    const delimiter = this.#delimiter;
    const bare = this.#state === Bare;
    const out = this.#out;
    let written = this.#written;
    let cells = this.#cells;
    let at = from;
    const last = Math.min(input.length - 1, from + out.length - written - slack);
    for (; at < last; at += 1) {
      const byte = input[at] ?? 0;
      if (special[byte] === 0) out[written++] = byte;
      else if (byte !== delimiter) break;
      else if (!bare && byte !== tab) out[written++] = byte;
      else if (bare && this.#skipped[cells + 1] === 0 && special[input[at + 1] ?? 0] === 0) {
        out[written++] = tab;
        cells += 1;
      } else break;
    }
    if (at > from) {
      this.#written = written;
      this.#cells = cells;
      this.#cellEmpty = false;
      this.#afterReturn = false;
    }
    return at;
  }

  /** A cell that is one too many is not written, either: the row is refused at its end. */
  #isSkipped(): boolean {
    return this.#skipped[this.#cells] !== 0;
  }

  /** The same in a cell that is not written, where only its end counts. */
  #skippedRun(input: Uint8Array, from: number): number {
    const quoted = this.#state === Quoted;
    let at = from;
    for (; at < input.length; at += 1) {
      const byte = input[at] ?? 0;
      if (this.#special[byte] !== 0 && !(quoted && byte === this.#delimiter && byte !== tab)) break;
    }
    if (at > from) {
      this.#cellEmpty = false;
      this.#afterReturn = false;
    }
    return at;
  }

  #byte(byte: number): void {
    if (byte === 0) throw this.#at(this.line, 'there is a NUL byte, which no text column can hold');
    if (byte === lf && this.#afterReturn) {
      this.#afterReturn = false;
      // Half of a CRLF: outside quotation marks it has ended the row already.
      if (this.#state === Quoted) this.#put(byte);
      return;
    }
    this.#afterReturn = byte === cr;
    if (byte === lf || byte === cr) this.line += 1;
    switch (this.#state) {
      case Quoted:
        if (byte === quote) this.#state = AfterQuote;
        else this.#put(byte);
        return;
      case AfterQuote:
        if (byte === quote) {
          this.#put(byte);
          this.#state = Quoted;
          return;
        }
        break;
      case FieldStart:
        if (!this.#inRow && (byte === lf || byte === cr)) {
          this.#rowLine = this.line;
          return;
        }
        if (!this.#inRow) this.#beginRow();
        if (byte === quote) {
          this.#state = Quoted;
          return;
        }
        break;
      default:
    }
    this.#outsideQuotes(byte);
  }

  #outsideQuotes(byte: number): void {
    if (byte === this.#delimiter) {
      this.#endCell();
      this.#beginCell();
    } else if (byte === lf || byte === cr) {
      this.#endRow();
      this.#rowLine = this.line;
    } else if (this.#state === AfterQuote) {
      throw this.#at(
        this.line,
        'text follows a closing quotation mark; inside a cell it is written twice ("")',
      );
    } else if (byte === quote) {
      throw this.#at(
        this.line,
        'a quotation mark is inside a cell that does not begin with one; put the cell in quotation marks and write it twice ("")',
      );
    } else {
      this.#put(byte);
      this.#state = Bare;
    }
  }

  #put(byte: number): void {
    if (this.#isSkipped()) {
      this.#cellEmpty = false;
      return;
    }
    const letter = escapes[byte] ?? 0;
    if (letter === 0) this.#out[this.#written++] = byte;
    else {
      this.#out[this.#written++] = backslash;
      this.#out[this.#written++] = letter;
    }
    this.#cellEmpty = false;
  }

  #beginRow(): void {
    this.#inRow = true;
    this.#rowBytes = 0;
    this.rows += 1;
    this.#written += this.#out.write(`${this.rows}`, this.#written, 'latin1');
    this.#beginCell();
  }

  #beginCell(): void {
    if (!this.#isSkipped()) this.#out[this.#written++] = tab;
  }

  #endCell(): void {
    if (!this.#cellEmpty && this.#skipped[this.#cells] === mustBeEmpty)
      throw this.#at(this.#rowLine, `column ${this.#cells + 1} has a value here and no name in the header`);
    if (this.#cellEmpty && !this.#isSkipped())
      this.#written += this.#out.write('\\N', this.#written, 'latin1');
    this.#cells += 1;
    this.#cellEmpty = true;
    this.#state = FieldStart;
  }

  #endRow(): void {
    this.#endCell();
    if (this.#cells !== this.#columns) {
      const cells = count(this.#cells, 'cell');
      throw this.#at(this.#rowLine, `the row has ${cells}, the header ${this.#columns}`);
    }
    this.#out[this.#written++] = lf;
    this.#inRow = false;
    this.#cells = 0;
  }

  /** Room for what one step writes at most. */
  #reserve(expected: number): void {
    if (this.#out.length - this.#written > slack) return;
    this.#flush();
    this.#out = Buffer.allocUnsafe(Math.max(4096, expected + (expected >> 2)) + 2 * slack);
  }

  #flush(): void {
    if (this.#written > 0) this.#finished.push(this.#out.subarray(0, this.#written));
    this.#out = this.#out.subarray(this.#written);
    this.#written = 0;
  }

  #take(): Buffer[] {
    this.#flush();
    const taken = this.#finished;
    this.#finished = [];
    return taken;
  }

  #at(line: number, reason: string): InconclusiveSource {
    return new InconclusiveSource(`${this.#file}, line ${line}: ${reason}.`);
  }
}
