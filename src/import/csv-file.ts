import { count } from '../text/count.ts';
import { readColumnMap, unknownHeading } from './column-map.ts';
import { type CsvColumn, headerText, readHeader } from './csv-columns.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import { decodeText, type Encoding } from './decode-text.ts';
import { delimiterLine, detectDelimiter } from './delimiters.ts';
import { emptyFile, openInputFile, readError } from './input-file.ts';
import { ProblemList } from './problems.ts';
import type { RowSource, SourceRow } from './row-source.ts';
import { NotUtf8, utf8Text } from './utf8-text.ts';

/** A header longer than this is no header. */
const longestHeader = 64 * 1024;

/** What whoever imports says of the file. */
export interface CsvOptions {
  /** Default: detected. */
  readonly encoding?: Encoding | undefined;
  /** `--map`, as typed. */
  readonly map?: readonly string[] | undefined;
}

/** Reads up to the end of the first line that is not blank; gives back everything it has read, and the rest, as one stream. */
async function peekHeader(
  text: AsyncGenerator<string>,
): Promise<{ readonly header: string; readonly all: AsyncGenerator<string> }> {
  let start = '';
  // No regular expression: on a long line without an end it would begin again at every character.
  while (!start.trimStart().includes('\n') && start.length < longestHeader) {
    const piece = await text.next();
    if (piece.done === true) break;
    start += piece.value;
  }
  async function* all(): AsyncGenerator<string> {
    yield start;
    yield* text;
  }
  return { header: start.trimStart().split('\n', 1)[0] ?? '', all: all() };
}

async function* readRows(
  records: AsyncGenerator<CsvRecord | { readonly problem: { line: number; message: string } }>,
  names: readonly (string | null)[],
  problems: ProblemList,
): AsyncGenerator<SourceRow> {
  const unnamed = names.flatMap((name, index) => (name === '' ? [index] : []));
  for await (const record of records) {
    if ('problem' in record) {
      const { line, message } = record.problem;
      problems.add({ line, message: `${message}; the rest of the file was not read` });
      continue;
    }
    const { line, cells } = record;
    if (cells.length !== names.length) {
      problems.add({
        line,
        message: `the row has ${count(cells.length, 'cell')}, the header ${names.length}`,
      });
      continue;
    }
    const stray = unnamed.find((index) => (cells[index] ?? '').trim() !== '');
    if (stray !== undefined) {
      problems.add({ line, message: `column ${stray + 1} has a value here and no name in the header` });
      continue;
    }
    const named = names.flatMap((name, index) =>
      name === null || name === '' ? [] : [[name, (cells[index] ?? '').trim()] as const],
    );
    yield { line, cells: Object.fromEntries(named) };
  }
}

/**
 * Opens a CSV file and checks its header. Encoding by byte order mark, else UTF-8, else Windows-1252 where that is certain; LF, CRLF or
 * CR; comma, semicolon, tab or pipe (`sep=` or the header decides); quotation marks as in RFC 4180. Streams: memory does not grow with
 * the file. The caller closes it.
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @throws OperatorError `file_not_readable`, `file_empty`, `usage`; RefusedFile for a wrong encoding or header; all exit 2.
 */
export async function openCsv(
  path: string,
  file: string,
  columns: readonly CsvColumn[],
  { encoding, map: typed = [] }: CsvOptions = {},
): Promise<RowSource> {
  const map = readColumnMap(typed, columns);
  const { handle } = await openInputFile(path, file);
  const bytes = handle.createReadStream();
  const problems = new ProblemList();
  const notes: string[] = [];
  const next = `The header is ${headerText(columns)} (columns in brackets as you like, in any order).`;
  const text = decodeText(bytes, encoding, {
    guessedWindows1252: () => notes.push(`${file} is not UTF-8; it was read as Windows-1252.`),
  });
  try {
    const { header, all } = await peekHeader(utf8Text(text));
    if (header.trim() === '') throw emptyFile(file);
    const said = delimiterLine(header.trim());
    const records = csvRecords(all, said ?? detectDelimiter(header));
    if (said !== undefined) await records.next();
    const { value: first } = await records.next();
    if (first === undefined) throw emptyFile(file);
    if ('problem' in first) {
      problems.add(first.problem);
      throw problems.refusal(file, next);
    }
    const headings: readonly string[] = first.cells.map((cell: string) => cell.trim());
    for (const heading of map.keys()) {
      if (!headings.includes(heading)) throw unknownHeading(file, heading, headings, columns);
    }
    const { names, problems: wrong } = readHeader(first.cells, columns, first.line, map);
    problems.addAll(wrong);
    if (problems.count > 0) throw problems.refusal(file, next);
    const leftOut = headings.filter((_, index) => names[index] === null);
    if (leftOut.length > 0) notes.push(leftOutSentence(leftOut));
    return {
      file,
      columns: new Set(names.flatMap((name) => (name === null || name === '' ? [] : [name]))),
      rows: (list) => readRows(records, names, list),
      notes: () => notes,
      close: () => bytes.destroy(),
    };
  } catch (error) {
    bytes.destroy();
    if (error instanceof NotUtf8) {
      problems.add({ line: error.line, message: error.message });
      throw problems.refusal(
        file,
        `Save it as “CSV UTF-8”; if it is CSV already, give its --encoding. ${next}`,
      );
    }
    throw readError(file, error);
  }
}

/** So many headings a sentence names. */
const namedHeadings = 5;

function leftOutSentence(headings: readonly string[]): string {
  const shown = headings.slice(0, namedHeadings).map((heading) => `'${heading}'`);
  const more = headings.length > shown.length ? ` and ${headings.length - shown.length} more` : '';
  return `Left out: ${headings.length === 1 ? 'column' : 'columns'} ${shown.join(', ')}${more}.`;
}
