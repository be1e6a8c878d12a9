import type { FieldSettings, KeySettings } from '../settings.ts';

const backslash = 0x5c;
const at = 0x40;

/** Bytes that grow; written from the start for each row. */
export class Scratch {
  bytes = new Uint8Array(4096);
  /** The same memory. */
  words = new Int32Array(this.bytes.buffer);
  length = 0;

  add(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Zeros up to the next whole word. */
  pad(): void {
    this.reserve(3);
    for (let at = this.length; (at & 3) !== 0; at += 1) this.bytes[at] = 0;
  }

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array((2 * (this.length + more) + 8) & ~3);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.words = new Int32Array(larger.buffer);
  }
}

/** How a cell counts, as far as that is certain without the database. */
export interface CellRules {
  readonly trim: boolean;
  readonly letterCase: boolean;
  readonly nullIsEmpty: boolean;
  /** Of a key: which domain does not count. */
  readonly domain: boolean | Uint8Array;
}

export function fieldRules({
  trim,
  ignore_case: letterCase,
  null_is_empty: nullIsEmpty,
}: FieldSettings): CellRules {
  return { trim, letterCase, nullIsEmpty, domain: false };
}

export function keyRules({ trim, case_fold: letterCase, strip_domain: which }: KeySettings): CellRules {
  const domain =
    typeof which === 'boolean'
      ? which
      : Buffer.from(`@${which.replace(/^@/, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())}`);
  return { trim, letterCase, nullIsEmpty: false, domain };
}

/** A cell of COPY's text format: ASCII alone, and nothing escaped. */
export function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte >= 0x80 || byte === backslash) return false;
  }
  return true;
}

/** NULL in COPY's text format. */
function isNull(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 2 && bytes[from] === backslash && bytes[from + 1] === 0x4e;
}

/**
 * Adds what counts of a cell, and a tab. Cells with the same bytes here are the same for the database by these rules; of a cell that is
 * not plain they are all of its own.
 */
export function addCell(
  scratch: Scratch,
  bytes: Uint8Array,
  from: number,
  to: number,
  rules: CellRules,
): void {
  scratch.reserve(to - from + 1);
  const out = scratch.bytes;
  let written = scratch.length;
  let [first, last] = [from, to];
  const { trim, letterCase, domain } = rules;
  const lenient = (trim || letterCase || domain !== false) && isPlain(bytes, from, to);
  if (lenient && trim) {
    while (first < last && isSpace(bytes[first] ?? 0)) first += 1;
    while (last > first && isSpace(bytes[last - 1] ?? 0)) last -= 1;
  }
  if (lenient && domain !== false) last = withoutDomain(bytes, first, last, domain);
  if (rules.nullIsEmpty && isNull(bytes, from, to)) last = first;
  const fold = lenient && letterCase;
  for (let index = first; index < last; index += 1) {
    const byte = bytes[index] ?? 0;
    out[written++] = fold ? small(byte) : byte;
  }
  out[written++] = 0x09;
  scratch.length = written;
}

/** What {@link keyGroup} gives for a plain key, without making a text of it. */
export function addPlainGroup(
  scratch: Scratch,
  bytes: Uint8Array,
  from: number,
  to: number,
  beforeDomain: boolean,
): void {
  scratch.reserve(to - from);
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index] ?? 0;
    if (beforeDomain && byte === at) return;
    if (byte > 0x20 && byte < 0x7f) scratch.bytes[scratch.length++] = small(byte);
  }
}

function withoutDomain(bytes: Uint8Array, from: number, to: number, domain: true | Uint8Array): number {
  if (domain === true) {
    for (let index = to - 1; index >= from; index -= 1) if (bytes[index] === at) return index;
    return to;
  }
  const start = to - domain.length;
  if (start < from) return to;
  return domain.every((byte, index) => small(bytes[start + index] ?? 0) === byte) ? start : to;
}

function small(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** Tab to carriage return, and the space. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

const letters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };

/** The text of a cell of COPY's text format; null: NULL. */
export function cellText(bytes: Buffer, from: number, to: number): string | null {
  if (isNull(bytes, from, to)) return null;
  return bytes
    .toString('utf8', from, to)
    .replace(/\\(.)/gs, (_, letter: string) => letters[letter] ?? letter);
}
