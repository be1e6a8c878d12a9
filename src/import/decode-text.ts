import { isAscii, isUtf8 } from 'node:buffer';
import { usage } from '../errors/usage.ts';
import { NotText } from './not-text.ts';
import { incompleteTail } from './utf8-text.ts';
import { tellingBytes, workbookProblem } from './workbook.ts';

/*
 * Bytes of a text file as UTF-8 without byte order mark, piece by piece.
 *
 * Which encoding, unless it is given: a byte order mark decides (UTF-8, UTF-16 in both orders); otherwise UTF-8. Bytes that
 * are no UTF-8 switch to Windows-1252 where everything before them was ASCII, so that nothing was read in another way; where it
 * was not, the file is refused: nobody guesses half of it.
 */

/** Encodings that may be named. */
export const encodings = [
  'utf-8',
  'utf-16',
  'utf-16le',
  'utf-16be',
  ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `windows-${page}` as const),
  'latin1',
  ...[1, 2, 5, 7, 9, 15].map((part) => `iso-8859-${part}` as const),
  'macroman',
  'shift_jis',
  'euc-jp',
  'euc-kr',
  'gb18030',
  'big5',
  'koi8-r',
] as const;
export type Encoding = (typeof encodings)[number];

/** `--encoding`, as typed. OperatorError `usage`, exit 2. */
export function readEncoding(typed: string): Encoding {
  const wanted = typed.trim().toLowerCase();
  const found = encodings.find((one) => one === wanted || one.replace('windows-', 'cp') === wanted);
  if (found !== undefined) return found;
  throw usage(`--encoding '${typed}' is not known.`, `Give one of: ${encodings.join(', ')}.`);
}

/** Told of what was found out about the file. */
export interface DecodeNotes {
  /** The encoding was neither given nor marked, and is not UTF-8. */
  guessedWindows1252(): void;
}

export async function* decodeText(
  chunks: AsyncIterable<Buffer>,
  given: Encoding | undefined,
  notes: DecodeNotes,
): AsyncGenerator<Buffer> {
  const { start, rest } = await peek(chunks, tellingBytes);
  const workbook = workbookProblem(start);
  if (workbook !== undefined) throw new NotText(workbook);
  const marked = byteOrderMark(start);
  const bytes = joined(start.subarray(marked?.length ?? 0), rest);
  const encoding = marked === undefined ? given : agreed(marked.encoding, given);
  if (encoding === undefined || encoding === 'utf-8') yield* checkUtf8(bytes, encoding === undefined, notes);
  else yield* converted(bytes, encoding === 'utf-16' ? 'utf-16le' : encoding);
}

function byteOrderMark(start: Buffer): { readonly encoding: Encoding; readonly length: number } | undefined {
  const [first, second, third] = start;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
}

function agreed(marked: Encoding, given: Encoding | undefined): Encoding {
  const fits = given === undefined || given === marked || (given === 'utf-16' && marked !== 'utf-8');
  if (!fits) throw new NotText(`it begins as ${marked} text does, but its encoding was given as ${given}`);
  return marked;
}

async function peek(
  chunks: AsyncIterable<Buffer>,
  atLeast: number,
): Promise<{ readonly start: Buffer; readonly rest: AsyncIterator<Buffer> }> {
  const rest = chunks[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < atLeast) {
    const next = await rest.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return { start, rest };
}

async function* joined(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* checkUtf8(
  chunks: AsyncGenerator<Buffer>,
  mayBeWindows1252: boolean,
  notes: DecodeNotes,
): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let ascii = true;
  for await (const chunk of chunks) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const whole = bytes.length - incompleteTail(bytes);
    const text = bytes.subarray(0, whole);
    if (!isUtf8(text)) {
      yield* afterBadBytes(bytes, ascii, chunks);
      return;
    }
    ascii &&= isAscii(text);
    held = bytes.subarray(whole);
    if (text.length > 0) yield text;
  }
  if (held.length > 0) yield* afterBadBytes(held, ascii, chunks);

  async function* afterBadBytes(bytes: Buffer, asciiBefore: boolean, rest: AsyncGenerator<Buffer>) {
    const good = validPrefix(bytes);
    const prefix = bytes.subarray(0, good);
    if (prefix.length > 0) yield prefix;
    if (!mayBeWindows1252 || !asciiBefore || !isAscii(prefix)) {
      throw new NotText(
        'these bytes are not UTF-8, which the text before them is; save the file as UTF-8 or give its encoding',
      );
    }
    notes.guessedWindows1252();
    yield* converted(joined(bytes.subarray(good), rest), 'windows-1252');
  }
}

async function* converted(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const { getDecoder } = (await import('iconv-lite')).default;
  const decoder = getDecoder(encoding, { stripBOM: false });
  for await (const chunk of chunks) yield* toUtf8(decoder.write(chunk), encoding);
  yield* toUtf8(decoder.end() ?? '', encoding);
}

/** A decoder puts U+FFFD where bytes mean nothing. */
function* toUtf8(text: string, encoding: Encoding): Generator<Buffer> {
  const bytes = Buffer.from(text, 'utf8');
  const bad = bytes.indexOf('\uFFFD');
  if (bad !== 0 && bytes.length > 0) yield bad === -1 ? bytes : bytes.subarray(0, bad);
  if (bad !== -1) throw new NotText(`these bytes are not ${encoding} text; give the encoding of the file`);
}

/** Where the first byte that is not UTF-8 is. */
function validPrefix(bytes: Buffer): number {
  let good = 0;
  for (const size of [4096, 64]) {
    for (;;) {
      const piece = bytes.subarray(good, good + size);
      const whole = piece.subarray(0, piece.length - incompleteTail(piece));
      if (whole.length === 0 || !isUtf8(whole)) break;
      good += whole.length;
    }
  }
  for (;;) {
    const length = [1, 2, 3, 4].find((size) => isUtf8(bytes.subarray(good, good + size)));
    if (length === undefined || good >= bytes.length) return good;
    good += length;
  }
}
