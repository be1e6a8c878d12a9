import { Readable } from 'node:stream';
import { z } from 'zod';
import { decodeText, encodings } from '../../../../src/import/decode-text.ts';
import { delimiters } from '../../../../src/import/delimiters.ts';
import { NotText } from '../../../../src/import/not-text.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import type { SourceFile } from '../open-file.ts';
import { InconclusiveSource, type LoadedSource, type OpenSource } from '../source.ts';
import { checkColumns, copyStaged, makeStagingTable } from '../staging.ts';
import { type CsvHeader, readHeader } from './header.ts';
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
  return {
    names: async () => (await readOnce()).names.filter((name) => name !== ''),
    load: async (trx, table, choose = (names) => names) => {
      const extractedAt = clock.now();
      try {
        const header = await readOnce();
        const { names, delimiter, line } = header;
        const columns = names.filter((name) => name !== '');
        const chosen = new Set(choose(columns));
        const staged = columns.filter((name) => chosen.has(name));
        checkColumns(columns, file.name, staged);
        await makeStagingTable(trx, table, staged.length);
        const uses = names.map((name) => (name === '' ? 'empty' : chosen.has(name) ? 'staged' : 'left out'));
        const transcoder = new CsvTranscoder({ delimiter, line, uses, file: file.name });
        const rows = Readable.from(copyText(header, text, transcoder, file.name), { objectMode: false });
        await copyStaged(trx, table, staged.length, rows, file.name);
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
