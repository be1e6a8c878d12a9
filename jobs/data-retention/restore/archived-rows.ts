import { type ArchivedRow, namedRows } from '../records/archived-lines.ts';
import type { ManifestDocument } from '../records/manifest.sql.ts';
import { refused } from './restorable.ts';
import type { RestoreScope } from './scope.ts';

/** Rows of one table as COPY's text format. */
export async function* copyRows(
  document: ManifestDocument,
  lines: AsyncIterable<readonly string[]>,
  place: number,
  keep: (row: ArchivedRow) => boolean,
): AsyncGenerator<string> {
  for await (const some of namedRows(document, lines)) {
    const text = some
      .filter((row) => row.place === place && keep(row))
      .map(({ values }) => `${values.map(copyValue).join('\t')}\n`);
    if (text.length > 0) yield text.join('');
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyValue(value: string | null): string {
  if (value === null) return '\\N';
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (one) => escapes[one] ?? one) : value;
}

export function rowFilter(
  archive: number,
  table: ManifestDocument['tables'][number],
  where: RestoreScope['where'],
): (row: ArchivedRow) => boolean {
  const wanted = where.map(({ column, value }) => {
    const index = table.columns.findIndex(({ name }) => name === column);
    if (index < 0)
      throw refused(
        archive,
        `${table.name} has no column ${column} in it`,
        `Its columns are: ${table.columns.map(({ name }) => name).join(', ')}. With several tables give --table.`,
      );
    return { index, value };
  });
  return ({ values }) => wanted.every(({ index, value }) => values[index] === value);
}
