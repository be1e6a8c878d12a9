import { count } from '../text/count.ts';
import { type CsvColumn, headerText, readHeader } from './csv-columns.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import { emptyFile, openInputFile, readError } from './input-file.ts';
import { ProblemList } from './problems.ts';
import type { RowSource, SourceRow } from './row-source.ts';
import { NotUtf8, utf8Text } from './utf8-text.ts';

/** A header longer than this is no header. */
const longestHeader = 64 * 1024;

/** Comma or semicolon: whichever the header has more of outside quotation marks. */
function detectDelimiter(header: string): ',' | ';' {
  const bare = header.replace(/"[^"]*"/g, '');
  return bare.split(';').length > bare.split(',').length ? ';' : ',';
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
  names: readonly string[],
  problems: ProblemList,
): AsyncGenerator<SourceRow> {
  for await (const record of records) {
    if ('problem' in record) {
      const { line, message } = record.problem;
      problems.add({ line, message: `${message}; the rest of the file was not read` });
    } else if (record.cells.length !== names.length) {
      const cells = count(record.cells.length, 'cell');
      problems.add({ line: record.line, message: `the row has ${cells}, the header ${names.length}` });
    } else {
      const cells = Object.fromEntries(
        names.map((name, index) => [name, (record.cells[index] ?? '').trim()]),
      );
      yield { line: record.line, cells };
    }
  }
}

/**
 * Opens a CSV file and checks its header: UTF-8 with or without byte order mark; LF, CRLF or CR; comma or semicolon (the header decides);
 * quotation marks as in RFC 4180. Streams: memory does not grow with the file. The caller closes it.
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @throws OperatorError `file_not_readable`, `file_empty`; RefusedFile for a wrong encoding or header; all exit 2.
 */
export async function openCsv(path: string, file: string, columns: readonly CsvColumn[]): Promise<RowSource> {
  const { handle } = await openInputFile(path, file);
  const bytes = handle.createReadStream();
  const problems = new ProblemList();
  const next = `The header is ${headerText(columns)} (columns in brackets as you like, in any order).`;
  try {
    const { header, all } = await peekHeader(utf8Text(bytes));
    if (header.trim() === '') throw emptyFile(file);
    const records = csvRecords(all, detectDelimiter(header));
    const { value: first } = await records.next();
    if (first === undefined) throw emptyFile(file);
    if ('problem' in first) {
      problems.add(first.problem);
      throw problems.refusal(file, next);
    }
    const { names, problems: wrong } = readHeader(first.cells, columns, first.line);
    problems.addAll(wrong);
    if (problems.count > 0) throw problems.refusal(file, next);
    return {
      file,
      columns: new Set(names),
      rows: (list) => readRows(records, names, list),
      close: () => bytes.destroy(),
    };
  } catch (error) {
    bytes.destroy();
    if (error instanceof NotUtf8) {
      problems.add({ line: error.line, message: error.message });
      throw problems.refusal(file, next);
    }
    throw readError(file, error);
  }
}
