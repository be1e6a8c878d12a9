import type { KeySettings } from '../settings.ts';
import { addCell, addPlainGroup, type CellRules, cellText, isPlain, keyRules, Scratch } from './cells.ts';
import { isExact, keyGroup } from './key-group.ts';
import type { KeyedHash } from './keyed-hash.ts';

/** Where the cells of a row are in a line of the staging table; numbers from 1. */
export interface DigestedColumns {
  readonly key: number;
  readonly mapped: readonly { readonly column: number; readonly rules: CellRules }[];
  /** Those that the filter of the side reads. */
  readonly filtered: readonly number[];
}

/** So many different rows of filtered cells are kept: a filter by status or type has few. */
const mostFiltered = 2000;
/** In bytes. */
const longestFiltered = 500;

const tab = 0x09;
const lf = 0x0a;

/** What is kept of the rows of a side: 18 bytes a row. */
export class RowDigests {
  rows = 0;
  /** Two of the group of the key, two of the key and the mapped cells as they count. */
  hashes = new Uint32Array(4096);
  /** By row: 0: it may have no key; otherwise one more than the place in {@link filtered}, or more than there are: not kept. */
  filteredAs = new Uint16Array(1024);
  /** The different filtered cells, in the order of the columns. */
  readonly filtered: (readonly (string | null)[])[] = [];
  readonly #placeOf = new Map<string, number>();
  readonly #columns: DigestedColumns;
  readonly #settings: KeySettings;
  readonly #keyRules: CellRules;
  readonly #exact: boolean;
  readonly #hash: KeyedHash;
  readonly #scratch = new Scratch();
  #starts = new Int32Array(64);
  #rest: Buffer = Buffer.alloc(0);

  constructor(columns: DigestedColumns, settings: KeySettings, hash: KeyedHash) {
    this.#columns = columns;
    this.#settings = settings;
    this.#keyRules = keyRules(settings);
    this.#exact = isExact(settings);
    this.#hash = hash;
  }

  /** Lines of COPY's text format, cut anywhere. */
  add(piece: Buffer): void {
    const end = piece.indexOf(lf) + 1;
    if (end === 0) {
      this.#rest = Buffer.concat([this.#rest, piece]);
      return;
    }
    if (this.#rest.length > 0) this.#lines(Buffer.concat([this.#rest, piece.subarray(0, end)]));
    const whole = piece.lastIndexOf(lf) + 1;
    this.#lines(this.#rest.length > 0 ? piece.subarray(end, whole) : piece.subarray(0, whole));
    this.#rest = Buffer.from(piece.subarray(whole));
  }

  /** Gives the memory of the rows back. */
  clear(): void {
    this.hashes = new Uint32Array(0);
    this.filteredAs = new Uint16Array(0);
  }

  #lines(bytes: Buffer): void {
    let cells = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === tab) {
        cells += 1;
        if (cells + 1 >= this.#starts.length) this.#starts = grown(this.#starts, Int32Array);
        this.#starts[cells] = at + 1;
      } else if (byte === lf) {
        this.#starts[cells + 1] = at + 1;
        this.#row(bytes);
        cells = 0;
      }
    }
  }

  #row(bytes: Buffer): void {
    const { key, mapped, filtered } = this.#columns;
    const row = this.rows;
    this.rows += 1;
    if (this.rows > this.filteredAs.length) {
      this.filteredAs = grown(this.filteredAs, Uint16Array);
      this.hashes = grown(this.hashes, Uint32Array);
    }
    const scratch = this.#scratch;
    scratch.length = 0;
    this.#addGroup(bytes, this.#from(key), this.#to(key));
    this.filteredAs[row] = scratch.length === 0 ? 0 : 1 + this.#placeOfFiltered(bytes, filtered);
    this.#store(row * 4);
    scratch.length = 0;
    addCell(scratch, bytes, this.#from(key), this.#to(key), this.#keyRules);
    for (const { column, rules } of mapped)
      addCell(scratch, bytes, this.#from(column), this.#to(column), rules);
    this.#store(row * 4 + 2);
  }

  /** Nothing where the row may be without a key. */
  #addGroup(bytes: Buffer, from: number, to: number): void {
    const scratch = this.#scratch;
    const plain = isPlain(bytes, from, to);
    if (plain) addPlainGroup(scratch, bytes, from, to, this.#settings.strip_domain !== false);
    if (this.#exact) {
      const isKey = scratch.length > 0 || this.#groupOfText(bytes, from, to) !== '';
      scratch.length = 0;
      if (isKey) scratch.add(bytes.subarray(from, to));
    } else if (!plain) scratch.add(Buffer.from(this.#groupOfText(bytes, from, to)));
  }

  #groupOfText(bytes: Buffer, from: number, to: number): string {
    const text = cellText(bytes, from, to);
    return text === null ? '' : keyGroup(text, this.#settings);
  }

  #placeOfFiltered(bytes: Buffer, columns: readonly number[]): number {
    if (columns.length === 0) return 0;
    const cells = columns.map((column) => bytes.toString('latin1', this.#from(column), this.#to(column)));
    const name = cells.join('\t');
    if (name.length > longestFiltered) return mostFiltered;
    const known = this.#placeOf.get(name);
    if (known !== undefined) return known;
    if (this.filtered.length === mostFiltered) return mostFiltered;
    this.#placeOf.set(name, this.filtered.length);
    return (
      this.filtered.push(columns.map((column) => cellText(bytes, this.#from(column), this.#to(column)))) - 1
    );
  }

  #from(column: number): number {
    return this.#starts[column] ?? 0;
  }

  #to(column: number): number {
    return (this.#starts[column + 1] ?? 1) - 1;
  }

  #store(at: number): void {
    this.#scratch.pad();
    this.#hash.of(this.#scratch.words, this.#scratch.length);
    this.hashes[at] = this.#hash.low;
    this.hashes[at + 1] = this.#hash.high;
  }
}

function grown<T extends { readonly length: number; set(from: T): void }>(
  from: T,
  make: new (length: number) => T,
): T {
  const larger = new make(2 * from.length);
  larger.set(from);
  return larger;
}
