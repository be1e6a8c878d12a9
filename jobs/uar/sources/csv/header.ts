import { type Delimiter, delimiterLine, detectDelimiter } from '../../../../src/import/delimiters.ts';
import { InconclusiveSource } from '../../../../src/sources/source.ts';
import { checkColumns } from '../../../../src/sources/staging.ts';

/** A header longer than this is no header. */
const longestHeader = 1024 * 1024;

export interface CsvHeader {
  /** Empty: the column has none. */
  readonly names: readonly string[];
  readonly delimiter: Delimiter;
  /** The line after the header. */
  readonly line: number;
  /** What was read of the rows meanwhile. */
  readonly rest: Buffer;
}

/** Reads the header: the first line that is not empty, after `sep=;` as spreadsheets write it. @throws InconclusiveSource */
export async function readHeader(
  chunks: AsyncIterator<Buffer>,
  given: Delimiter | undefined,
  file: string,
): Promise<CsvHeader> {
  let held: Buffer = Buffer.alloc(0);
  let ended = false;
  let line = 1;
  let delimiter = given;
  for (;;) {
    const end = recordEnd(held, ended);
    if (end === undefined) {
      if (held.length > longestHeader) throw at(file, line, 'the header is longer than 1 MB');
      const next = await chunks.next();
      if (next.done === true) ended = true;
      else held = Buffer.concat([held, next.value]);
      continue;
    }
    const text = held.toString('utf8', 0, end.at);
    const atEnd = held.length === 0;
    held = held.subarray(end.next);
    if (text === '' && atEnd) throw new InconclusiveSource(`${file} is empty: it has not even a header.`);
    const said = line === 1 ? delimiterLine(text) : undefined;
    if (said !== undefined) delimiter ??= said;
    else if (text !== '') {
      if (text.includes('\0')) throw at(file, line, 'there is a NUL byte; is the file UTF-16?');
      const chosen = delimiter ?? detectDelimiter(text);
      const names = cells(text, chosen, file, line);
      checkColumns(
        names.filter((name) => name !== ''),
        file,
        [],
      );
      return { names, delimiter: chosen, line: line + linesIn(text) + 1, rest: held };
    }
    line += 1;
  }
}

/** Where the first record ends, and where the next one begins; undefined: not in these bytes. */
function recordEnd(
  bytes: Buffer,
  complete: boolean,
): { readonly at: number; readonly next: number } | undefined {
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) quoted = !quoted;
    if (quoted || (byte !== 0x0a && byte !== 0x0d)) continue;
    // The second half of a CRLF may not have come yet.
    if (byte === 0x0d && at + 1 === bytes.length && !complete) return undefined;
    return { at, next: at + (byte === 0x0d && bytes[at + 1] === 0x0a ? 2 : 1) };
  }
  return complete ? { at: bytes.length, next: bytes.length } : undefined;
}

/** The names, without the spaces around them. */
function cells(text: string, delimiter: Delimiter, file: string, line: number): string[] {
  const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^"${delimiter}]*))(?=[${delimiter}]|$)`, 'y');
  const found: string[] = [];
  for (;;) {
    const match = cell.exec(text);
    if (match === null) throw at(file, line, 'the quotation marks of the header do not pair');
    found.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    if (cell.lastIndex >= text.length) return found;
    cell.lastIndex += 1;
  }
}

function linesIn(text: string): number {
  return text.split(/\r\n|\n|\r/).length - 1;
}

function at(file: string, line: number, reason: string): InconclusiveSource {
  return new InconclusiveSource(`${file}, line ${line}: ${reason}.`);
}
