import { Readable } from 'node:stream';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../../src/db/tables.ts';
import { decodeText, encodings } from '../../../../src/import/decode-text.ts';
import { delimiters } from '../../../../src/import/delimiters.ts';
import { NotText } from '../../../../src/import/not-text.ts';
import {
  type ColumnChoice,
  InconclusiveSource,
  type LoadedSource,
  type OpenSource,
  type StagingTable,
} from '../../../../src/sources/source.ts';
import { checkColumns, copyStaged, makeStagingTable } from '../../../../src/sources/staging.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import type { SourceFile } from '../open-file.ts';
import { type CsvHeader, readHeader } from './header.ts';
import { keepLines } from './keep-lines.ts';
import { FileReader } from './read-file.ts';
import { CsvTranscoder } from './transcode.ts';

export const csvFormat = z.strictObject({
  delimiter: z
    .enum(delimiters)
    .optional()
    .describe(
      'Comma, semicolon, tab or pipe. Default: the one that the header has most of outside quotation marks.',
    ),
  encoding: z
    .string()
    .toLowerCase()
    .pipe(z.enum(encodings))
    .optional()
    .describe(
      'Default: the encoding of its byte order mark, otherwise UTF-8, otherwise Windows-1252 where that is certain.',
    ),
});
export type CsvFormat = z.output<typeof csvFormat>;

export const csvConfig = csvFormat.extend({
  path: z.string().min(1).describe('The file, below sources_dir; may be compressed by gzip.'),
});

/** A CSV file, open. */
export interface CsvSource extends OpenSource {
  /** Of its columns, in their order. @throws InconclusiveSource */
  names(): Promise<readonly string[]>;
  /**
   * Reads all rows, as they would be staged: lines of COPY's text format, cut anywhere. Once, and instead of {@link load}.
   *
   * @throws InconclusiveSource
   */
  scan(
    choose: ColumnChoice,
    onLines: (lines: Buffer) => void,
  ): Promise<Pick<LoadedSource, 'rows' | 'sha256'>>;
  /** @param kept by row, from 0: 0 where it is read and not staged; left out: all rows are staged */
  load(
    trx: Transaction<Database>,
    table: StagingTable,
    choose?: ColumnChoice,
    kept?: Uint8Array,
  ): Promise<LoadedSource>;
}

/** A CSV file as one side; takes the open file over. Columns without a name are left out, and must be empty. */
export function csvSource(file: SourceFile, format: CsvFormat, clock: Clock): CsvSource {
  const reader = new FileReader(file);
  const warnings: string[] = [];
  const text = decodeText(reader.chunks(), format.encoding, {
    guessedWindows1252: () => {
      warnings.push(`${file.name} is not UTF-8; it was read as Windows-1252.`);
    },
  });
  let reading: Promise<CsvHeader> | undefined;
  const readOnce = () => {
    reading ??= readHeader(text, format.delimiter, file.name).catch((error: unknown) => {
      throw located(error, file.name, 1);
    });
    return reading;
  };
  const openRows = async (choose: ColumnChoice) => {
    const header = await readOnce();
    const { names, delimiter, line } = header;
    const columns = names.filter((name) => name !== '');
    const chosen = new Set(choose(columns));
    const staged = columns.filter((name) => chosen.has(name));
    checkColumns(columns, file.name, staged);
    const uses = names.map((name) => (name === '' ? 'empty' : chosen.has(name) ? 'staged' : 'left out'));
    const transcoder = new CsvTranscoder({ delimiter, line, uses, file: file.name });
    return { columns, staged, transcoder, lines: copyText(header, text, transcoder, file.name) };
  };
  return {
    names: async () => (await readOnce()).names.filter((name) => name !== ''),
    scan: async (choose, onLines) => {
      try {
        const { transcoder, lines } = await openRows(choose);
        for await (const piece of lines) onLines(piece);
        return { rows: transcoder.rows, sha256: reader.sha256() };
      } finally {
        await text.return(undefined);
      }
    },
    load: async (trx, table, choose = (names) => names, kept = undefined) => {
      const extractedAt = clock.now();
      try {
        const { columns, staged, transcoder, lines } = await openRows(choose);
        await makeStagingTable(trx, table, staged.length);
        const wanted = kept === undefined ? lines : keepLines(lines, kept);
        await copyStaged(trx, table, staged.length, Readable.from(wanted, { objectMode: false }), file.name);
        return {
          columns,
          staged,
          rows: transcoder.rows,
          sha256: reader.sha256(),
          extractedAt,
          asOf: reader.writtenAt,
          warnings,
        } satisfies LoadedSource;
      } finally {
        await text.return(undefined);
      }
    },
    close: async () => {
      await text.return(undefined);
      await file.handle.close();
    },
  };
}

async function* copyText(
  header: CsvHeader,
  text: AsyncGenerator<Buffer>,
  transcoder: CsvTranscoder,
  file: string,
): AsyncGenerator<Buffer> {
  try {
    yield* transcoder.write(header.rest);
    for await (const bytes of text) yield* transcoder.write(bytes);
    yield* transcoder.end();
  } catch (error) {
    throw located(error, file, transcoder.line);
  }
}

function located(error: unknown, file: string, line: number): unknown {
  return error instanceof NotText
    ? new InconclusiveSource(`${file}, line ${line}: ${error.message}.`)
    : error;
}
