/*
 * The items of one list in a JSON text that comes in pieces, as rows in COPY's text format (number, item): the text is never held
 * and no item becomes an object. What is inside an item is for PostgreSQL to read; here only its extent counts, so that
 * numbers keep their digits. White space outside of strings becomes spaces: a row stays on one line.
 */

/** The text is not what it should be; the sentence goes on after "the answer". */
export class NotTheList extends Error {
  override readonly name = 'NotTheList';
}

/** Deeper nesting is nobody's data. */
const deepest = 1000;
/** Bytes of an item; a larger one is held whole by whoever stores it. */
const largestItem = 16 * 1024 * 1024;
/** A longer name or cursor is none. */
const longestText = 8192;
/** More than one byte of the text writes. */
const slack = 64;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const space = 0x20;

interface Frame {
  readonly array: boolean;
  /** How much of the path to the list, and to the cursor, leads here; -1: it does not. */
  readonly path: number;
  readonly cursor: number;
  readonly list: boolean;
  /** In an object: what comes is a name. */
  name: boolean;
}

type Kind = 'an object' | 'a list' | 'text' | 'a number or a word';

export interface JsonListOptions {
  /** Names that lead to the list; none: the text is the list. */
  readonly path: readonly string[];
  /** Names that lead to where the next page begins; undefined: nothing does. */
  readonly cursor: readonly string[] | undefined;
  /** The number of the last row before this text. */
  readonly rowsBefore: number;
}

export class JsonListScanner {
  readonly #path: readonly string[];
  readonly #cursorPath: readonly string[] | undefined;
  readonly #rowsBefore: number;
  readonly #frames: Frame[] = [];
  #nextPath = 0;
  #nextCursor: number;
  #started = false;
  #ended = false;
  #found = false;
  #inString = false;
  #escaped = false;
  #inScalar = false;
  /** Inside an item. */
  #item = false;
  #itemBytes = 0;
  #needsItem = false;
  /** Bytes of a name or of the cursor; undefined: nobody wants them. */
  #text: number[] | undefined;
  #textIs: 'name' | 'cursor' = 'name';
  #out = Buffer.alloc(0);
  #written = 0;
  items = 0;
  /** Where the next page begins, as text; undefined: there is none. */
  cursor: string | undefined;

  constructor({ path, cursor, rowsBefore }: JsonListOptions) {
    this.#path = path;
    this.#cursorPath = cursor;
    this.#rowsBefore = rowsBefore;
    this.#nextCursor = cursor === undefined ? -1 : 0;
  }

  /** @returns what there is of rows so far. @throws NotTheList */
  write(bytes: Uint8Array): Buffer {
    this.#out = Buffer.allocUnsafe(bytes.length * 2 + 4 * slack);
    this.#written = 0;
    for (const byte of bytes) {
      if (this.#out.length - this.#written < slack) this.#grow();
      if (this.#inString) this.#stringByte(byte);
      else this.#byte(byte);
    }
    if (this.#item) this.#itemBytes += bytes.length;
    if (this.#itemBytes > largestItem) throw new NotTheList('has an item that is larger than 16 MB');
    return this.#out.subarray(0, this.#written);
  }

  /** The end of the text. @throws NotTheList */
  end(): void {
    if (!this.#ended) {
      throw new NotTheList(this.#started ? 'ends in the middle of its JSON' : 'is empty');
    }
    if (!this.#found) throw new NotTheList(`has nothing at '${this.#path.join('.')}'`);
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#out.length * 2);
    this.#out.copy(larger, 0, 0, this.#written);
    this.#out = larger;
  }

  #stringByte(byte: number): void {
    if (byte < space) throw new NotTheList('is not JSON: there is a control character in a string');
    if (this.#item) this.#emit(byte);
    if (!this.#escaped && byte === quote) {
      this.#inString = false;
      this.#endText();
      return;
    }
    this.#escaped = !this.#escaped && byte === backslash;
    this.#collect(byte);
  }

  #byte(byte: number): void {
    if (byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      if (this.#item) this.#emit(space);
      this.#endScalar();
      return;
    }
    if (this.#ended) throw new NotTheList('continues after the end of its JSON');
    if (!this.#started) this.#start(byte);
    switch (byte) {
      case quote:
        this.#beginString();
        return;
      case openBrace:
      case openBracket:
        this.#open(byte === openBracket);
        if (this.#item) this.#emit(byte);
        return;
      case closeBrace:
      case closeBracket:
        this.#close(byte === closeBracket);
        if (this.#item) this.#emit(byte);
        return;
      case comma:
        this.#comma();
        break;
      case colon:
        this.#frame().name = false;
        break;
      default:
        if (!this.#inScalar) {
          this.#begin('a number or a word');
          this.#inScalar = true;
        }
        this.#collect(byte);
    }
    if (this.#item) this.#emit(byte);
  }

  #start(byte: number): void {
    this.#started = true;
    if (byte === 0x3c) throw new NotTheList('is HTML or XML, not JSON');
    if (byte !== openBrace && byte !== openBracket) throw new NotTheList('is not JSON');
  }

  #frame(): Frame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new NotTheList('is not JSON: its brackets do not pair');
    return frame;
  }

  #beginString(): void {
    const frame = this.#frame();
    if (!frame.array && frame.name) {
      this.#text = frame.path >= 0 || frame.cursor >= 0 ? [] : undefined;
      this.#textIs = 'name';
    } else {
      this.#begin('text');
    }
    if (this.#item) this.#emit(quote);
    this.#inString = true;
  }

  /** A value begins. */
  #begin(kind: Kind): { readonly list: boolean } {
    const path = this.#nextPath;
    const cursor = this.#nextCursor;
    this.#nextPath = -1;
    this.#nextCursor = -1;
    const parent = this.#frames.at(-1);
    if (parent?.list === true && !this.#item) this.#beginItem();
    if (cursor === this.#cursorPath?.length) {
      if (kind === 'an object' || kind === 'a list')
        throw new NotTheList(`has ${kind} where its next page should be`);
      this.#text = [];
      this.#textIs = 'cursor';
    }
    const list = path === this.#path.length;
    if (list && kind !== 'a list') {
      const where = this.#path.length === 0 ? 'is' : `has at '${this.#path.join('.')}'`;
      throw new NotTheList(`${where} ${kind}, not a list of objects`);
    }
    if (list && this.#found) throw new NotTheList(`has two lists at '${this.#path.join('.')}'`);
    this.#found ||= list;
    return { list };
  }

  #open(array: boolean): void {
    if (this.#frames.length === deepest) throw new NotTheList(`is nested deeper than ${deepest}`);
    const path = array ? -1 : this.#nextPath;
    const cursor = array ? -1 : this.#nextCursor;
    const { list } = this.#begin(array ? 'a list' : 'an object');
    this.#needsItem = false;
    this.#frames.push({ array, path, cursor, list, name: !array });
  }

  #close(array: boolean): void {
    this.#endScalar();
    const frame = this.#frame();
    if (frame.array !== array) throw new NotTheList('is not JSON: its brackets do not pair');
    if (frame.list) this.#endItem(true);
    this.#frames.pop();
    this.#ended = this.#frames.length === 0;
  }

  #comma(): void {
    this.#endScalar();
    const frame = this.#frame();
    if (frame.list) this.#endItem(false);
    frame.name = !frame.array;
    this.#nextPath = -1;
    this.#nextCursor = -1;
  }

  #beginItem(): void {
    this.#item = true;
    this.#itemBytes = 0;
    this.items += 1;
    const number = `${this.#rowsBefore + this.items}\t`;
    this.#written += this.#out.write(number, this.#written, 'latin1');
  }

  #endItem(atTheEnd: boolean): void {
    if (!this.#item && (!atTheEnd || this.#needsItem))
      throw new NotTheList('is not JSON: an item is missing between two commas');
    this.#needsItem = !atTheEnd;
    if (!this.#item) return;
    this.#item = false;
    this.#out[this.#written++] = 0x0a;
  }

  #collect(byte: number): void {
    this.#text?.push(byte);
    if ((this.#text?.length ?? 0) > longestText)
      throw new NotTheList('has a name or a next page of over 8 KB');
  }

  #endScalar(): void {
    if (!this.#inScalar) return;
    this.#inScalar = false;
    if (this.#text === undefined) return;
    const word = Buffer.from(this.#text).toString('utf8');
    this.#text = undefined;
    if (/^-?\d/.test(word)) this.cursor = word;
    else if (word !== 'null' && word !== 'false')
      throw new NotTheList(`has '${word}' where its next page should be`);
  }

  /** A name leads on, or does not; a cursor is one. */
  #endText(): void {
    if (this.#text === undefined) {
      if (this.#frame().name) {
        this.#nextPath = -1;
        this.#nextCursor = -1;
      }
      return;
    }
    const text = unescaped(this.#text);
    this.#text = undefined;
    if (this.#textIs === 'cursor') {
      this.cursor = text === '' ? undefined : text;
      return;
    }
    const { path, cursor } = this.#frame();
    this.#nextPath = path >= 0 && this.#path[path] === text ? path + 1 : -1;
    this.#nextCursor = cursor >= 0 && this.#cursorPath?.[cursor] === text ? cursor + 1 : -1;
  }

  #emit(byte: number): void {
    this.#out[this.#written++] = byte;
    if (byte === backslash) this.#out[this.#written++] = backslash;
  }
}

function unescaped(bytes: readonly number[]): string {
  try {
    const value: unknown = JSON.parse(`"${Buffer.from(bytes).toString('utf8')}"`);
    return String(value);
  } catch {
    throw new NotTheList('is not JSON: a string cannot be read');
  }
}
