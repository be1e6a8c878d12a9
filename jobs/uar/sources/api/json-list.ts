import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  openBrace,
  openBracket,
  quote,
  smallN,
  space,
} from './json-bytes.ts';
import {
  type FoundValue,
  type Frame,
  type JsonListOptions,
  type Kind,
  type Live,
  nowhere,
  waysTo,
} from './json-path.ts';
import { NotTheList, noList, unescaped } from './not-the-list.ts';

/*
 * The items of one list in a JSON text that comes in pieces, as rows in COPY's text format (one column): the text is never held
 * and no item becomes an object. What is inside an item is for PostgreSQL to read; here only its extent counts, so that
 * numbers keep their digits. White space outside of strings becomes spaces: a row stays on one line.
 */

/** Deeper nesting is nobody's data. */
const deepest = 1000;
/** Bytes of an item; a larger one is held whole by whoever stores it. */
const largestItem = 16 * 1024 * 1024;
/** A longer name or value is none. */
const longestText = 8192;
/** More than one byte of the text writes. */
const slack = 64;

export class JsonListScanner {
  readonly #listName: string;
  readonly #frames: Frame[] = [];
  readonly #values = new Map<string, { readonly rank: number; readonly found: FoundValue }>();
  #next: readonly Live[];
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
  /** Bytes of a name or of a value; undefined: nobody wants them. */
  #text: number[] | undefined;
  #textIs: 'name' | 'value' = 'name';
  /** Whose value is read just now. */
  #reached: readonly Live[] = nowhere;
  #out = Buffer.alloc(0);
  #written = 0;
  items = 0;

  constructor({ list, values = {} }: JsonListOptions) {
    this.#listName = list[0]?.join('.') ?? '';
    this.#next = waysTo({ list, values });
  }

  /** What the text so far has there; undefined: nothing, not even null. */
  value(name: string): FoundValue | undefined {
    return this.#values.get(name)?.found;
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
    if (this.#started && this.#frames.length === 0) this.#endScalar();
    if (!this.#ended) {
      throw new NotTheList(this.#started ? 'ends in the middle of its JSON' : 'is empty');
    }
    if (!this.#found) throw new NotTheList(`has nothing at '${this.#listName}'`);
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
    if (byte !== openBrace && byte !== openBracket && byte !== smallN) throw new NotTheList('is not JSON');
  }

  #frame(): Frame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new NotTheList('is not JSON: its brackets do not pair');
    return frame;
  }

  #beginString(): void {
    this.#refuseTwo();
    const frame = this.#frame();
    if (!frame.array && frame.name) {
      this.#text = frame.live.length > 0 ? [] : undefined;
      this.#textIs = 'name';
    } else {
      this.#begin('text');
    }
    if (this.#item) this.#emit(quote);
    this.#inString = true;
  }

  /** A value begins. */
  #begin(kind: Kind): { readonly list: boolean } {
    const parent = this.#frames.at(-1);
    if (parent?.list === true && !this.#item) this.#beginItem();
    // Whatever stands alone is the whole text, and read to know which word it is.
    if (this.#frames.length === 0 && kind === 'a number or a word') this.#collectValue();
    if (this.#next.length === 0) return { list: false };
    this.#reached = this.#next.filter(({ target, depth }) => depth === target.names.length);
    this.#next = nowhere;
    const list = this.#reached.some(({ target }) => target.value === null);
    if (list && this.#found) throw new NotTheList(`has two lists at '${this.#listName}'`);
    if (kind === 'an object' || kind === 'a list') this.#keep({ kind });
    else if (this.#reached.length > 0) this.#collectValue();
    // `null` is an empty list; which word it is, its end shows.
    if (list && kind !== 'a list' && kind !== 'a number or a word') throw noList(this.#listName, kind);
    if (kind === 'a list') this.#found ||= list;
    return { list };
  }

  #collectValue(): void {
    this.#text = [];
    this.#textIs = 'value';
  }

  #keep(found: FoundValue): void {
    for (const { target } of this.#reached) {
      if (target.value === null) continue;
      const before = this.#values.get(target.value);
      if (before === undefined || target.rank <= before.rank)
        this.#values.set(target.value, { rank: target.rank, found });
    }
    this.#reached = nowhere;
  }

  #refuseTwo(): void {
    if (this.#inScalar) throw new NotTheList('is not JSON: a comma is missing between two values');
  }

  #open(array: boolean): void {
    this.#refuseTwo();
    if (this.#frames.length === deepest) throw new NotTheList(`is nested deeper than ${deepest}`);
    const live = array ? nowhere : this.#next;
    const { list } = this.#begin(array ? 'a list' : 'an object');
    this.#needsItem = false;
    this.#frames.push({ array, live, list, name: !array });
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
    this.#next = nowhere;
  }

  #beginItem(): void {
    this.#item = true;
    this.#itemBytes = 0;
    this.items += 1;
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
      throw new NotTheList('has a name, a total or a next page of over 8 KB');
  }

  #endScalar(): void {
    if (!this.#inScalar) return;
    this.#inScalar = false;
    const alone = this.#frames.length === 0;
    if (this.#text !== undefined) {
      const text = Buffer.from(this.#text).toString('utf8');
      this.#text = undefined;
      if (alone && text !== 'null') throw new NotTheList('is not JSON');
      if (this.#reached.some(({ target }) => target.value === null)) {
        if (text !== 'null') throw noList(this.#listName, 'a number or a word');
        this.#found = true;
      }
      this.#keep({ kind: 'word', text });
    }
    this.#ended ||= alone;
  }

  /** A name leads on, or does not; a value is one. */
  #endText(): void {
    if (this.#text === undefined) {
      if (this.#frame().name) this.#next = nowhere;
      return;
    }
    const text = unescaped(this.#text);
    this.#text = undefined;
    if (this.#textIs === 'value') {
      this.#keep({ kind: 'text', text });
      return;
    }
    this.#next = this.#frame()
      .live.filter(({ target, depth }) => target.names[depth] === text)
      .map(({ target, depth }) => ({ target, depth: depth + 1 }));
  }

  #emit(byte: number): void {
    this.#out[this.#written++] = byte;
    if (byte === backslash) this.#out[this.#written++] = backslash;
  }
}
