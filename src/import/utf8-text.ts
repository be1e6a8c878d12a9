import { isUtf8 } from 'node:buffer';
import { NotText } from './not-text.ts';

const newline = 0x0a;
const byteOrderMark = '\uFEFF';

/** Bytes that are not UTF-8 text. `line` counts from 1. */
export class NotUtf8 extends Error {
  override readonly name = 'NotUtf8';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const saveAs = 'save it as UTF-8 (in a spreadsheet: “CSV UTF-8”)';

/** UTF-16 and UTF-32 announce themselves by a byte order mark, or by a zero byte beside each Latin letter. */
function refuseWideEncodings(start: Buffer): void {
  const [first, second] = start;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const zeros = (offset: number) => start.length >= 4 && start[offset] === 0 && start[offset + 2] === 0;
  if (marked || zeros(0) || zeros(1)) throw new NotUtf8(1, `the file is UTF-16, not UTF-8: ${saveAs}`);
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}

/** The line, from `firstLine` on, of the first piece of `bytes` that is not UTF-8 text. */
function findBadLine(bytes: Buffer, firstLine: number): NotUtf8 {
  let line = firstLine;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(newline, from);
    const to = end === -1 ? bytes.length : end;
    const piece = bytes.subarray(from, to);
    if (piece.includes(0)) return new NotUtf8(line, 'holds a NUL byte, which no text column can store');
    if (!isUtf8(piece)) {
      return new NotUtf8(line, `is not UTF-8 (Latin-1 or Windows-1252, perhaps): ${saveAs}`);
    }
    from = to + 1;
  }
  return new NotUtf8(firstLine, `is not UTF-8: ${saveAs}`);
}

/** How many bytes of the end belong to a character that is not complete yet (0 to 3). */
export function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/**
 * Bytes as text, piece by piece: a byte order mark is dropped, CRLF and lone CR become LF, so that a line is a line
 * to everybody who counts them. Memory is bounded by the pieces.
 *
 * @throws NotUtf8 with the line, for any other encoding, for NUL bytes and for what `chunks` finds to be no text.
 */
export async function* utf8Text(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let started = false;
  let afterReturn = false;
  const decode = (bytes: Buffer): string => {
    if (bytes.includes(0) || !isUtf8(bytes)) throw findBadLine(bytes, line);
    line += countNewlines(bytes);
    let text = bytes.toString('utf8');
    if (!started && text.startsWith(byteOrderMark)) text = text.slice(1);
    started = true;
    if (afterReturn && text.startsWith('\n')) text = text.slice(1);
    if (text !== '') afterReturn = text.endsWith('\r');
    return text.replace(/\r\n?/g, '\n');
  };
  for await (const chunk of located(chunks, () => line)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!started) {
      if (bytes.length < 4) {
        rest = bytes;
        continue;
      }
      refuseWideEncodings(bytes);
    }
    const tail = incompleteTail(bytes);
    rest = bytes.subarray(bytes.length - tail);
    const text = decode(bytes.subarray(0, bytes.length - tail));
    if (text !== '') yield text;
  }
  if (!started && rest.length >= 2) refuseWideEncodings(rest);
  if (rest.length > 0) {
    const text = decode(rest);
    if (text !== '') yield text;
  }
}

async function* located(chunks: AsyncIterable<Buffer>, line: () => number): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw error instanceof NotText ? new NotUtf8(line(), error.message) : error;
  }
}
