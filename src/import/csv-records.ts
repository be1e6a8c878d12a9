import { CsvError, parse } from 'csv-parse';
import type { FileProblem } from './problems.ts';
import { NotUtf8 } from './utf8-text.ts';

/** A row may be this large; a quotation mark that is never closed is found here and not at the end of a huge file. */
const largestRowBytes = 1024 * 1024;

export interface CsvRecord {
  /** The line on which the record begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

function newlines(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count += 1;
  }
  return count;
}

/** What a person can do about text that is no CSV. `line` is where the unreadable record begins. */
function unreadable(error: unknown, line: number): FileProblem | undefined {
  if (error instanceof NotUtf8) return { line: error.line, message: error.message };
  if (!(error instanceof CsvError)) return undefined;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return { line, message: 'a quotation mark is opened in this row and never closed' };
    case 'CSV_MAX_RECORD_SIZE':
      return { line, message: 'the row is larger than 1 MB: is a quotation mark not closed?' };
    case 'CSV_INVALID_CLOSING_QUOTE':
      return { line, message: 'text follows a closing quotation mark: inside a cell, write it twice ("")' };
    default:
      return {
        line,
        message:
          'a quotation mark inside a cell: put the cell in quotation marks, and write the one inside twice ("")',
      };
  }
}

/**
 * The records of CSV text whose lines end in LF (RFC 4180 otherwise). Blank lines and rows of empty cells are left out.
 * The last item is the problem that stopped the reading, if one did: every record before it has been given by then.
 */
export async function* csvRecords(
  text: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<CsvRecord | { readonly problem: FileProblem }> {
  let batch: CsvRecord[] = [];
  let nextLine = 1;
  const parser = parse({
    delimiter,
    max_record_size: largestRowBytes,
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    // The parser counts to the end of a record. Nothing is passed on as a stream: a stream that fails drops what it holds.
    on_record: (cells: string[], context) => {
      batch.push({ line: context.lines - newlines(cells), cells });
      nextLine = context.lines + 1;
      return null;
    },
  });
  parser.resume();
  const failed = new Promise<never>((_, reject) => parser.on('error', reject));
  failed.catch(() => undefined);
  const written = (piece: string) => new Promise<void>((resolve) => parser.write(piece, () => resolve()));
  const ended = new Promise<void>((resolve) => parser.once('end', resolve));
  try {
    for await (const piece of text) {
      await Promise.race([written(piece), failed]);
      yield* batch;
      batch = [];
    }
    parser.end();
    await Promise.race([ended, failed]);
    yield* batch;
  } catch (error) {
    const problem = unreadable(error, nextLine);
    if (problem === undefined) throw error;
    yield* batch;
    yield { problem };
  } finally {
    parser.destroy();
  }
}
