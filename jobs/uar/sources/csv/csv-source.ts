import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../../../src/time/clock.ts';
import type { SourceFile } from '../open-file.ts';
import { InconclusiveSource, type LoadedSource, type OpenSource } from '../source.ts';
import { copyStaged, makeStagingTable } from '../staging.ts';
import { decodeText, encodings, NotText } from './decode.ts';
import { type CsvHeader, delimiters, readHeader } from './header.ts';
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

/** A CSV file as one side; takes the open file over. */
export function csvSource(file: SourceFile, format: CsvFormat, clock: Clock): OpenSource {
  return {
    load: async (trx, table) => {
      const extractedAt = clock.now();
      const reader = new FileReader(file);
      const warnings: string[] = [];
      const text = decodeText(reader.chunks(), format.encoding, {
        guessedWindows1252: () => {
          warnings.push(`${file.name} is not UTF-8; it was read as Windows-1252.`);
        },
      });
      try {
        const header = await readHeader(text, format.delimiter, file.name).catch((error: unknown) => {
          throw located(error, file.name, 1);
        });
        const { names, delimiter, line } = header;
        await makeStagingTable(trx, table, names.length);
        const transcoder = new CsvTranscoder({ delimiter, line, columns: names.length, file: file.name });
        const rows = Readable.from(copyText(header, text, transcoder, file.name), { objectMode: false });
        await copyStaged(trx, table, names.length, rows, file.name);
        return {
          columns: names,
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
    close: () => file.handle.close(),
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
