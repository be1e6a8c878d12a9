import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import { archiveFiles } from './archive/archive-name.ts';
import { archiveLines, type FileDigest } from './archive/read-archive.ts';
import { keySet } from './key-set.ts';
import type { ManifestDocument } from './manifest.sql.ts';

/** Lines of `archived_record` are read so many at a time. */
const page = 2000;

/** Where the file of an archive is: in the folder it was written to, or in another one that it was moved to. */
export function archivePath(
  place: { readonly folder: string; readonly name: string },
  folder?: string,
): string {
  return join(folder ?? place.folder, archiveFiles(place.name).rows);
}

/**
 * The lines of an archive without its header, some at a time, wherever they are. `onEnd` is told the hash of a file once it was
 * read to its end.
 */
export async function* archivedLines(
  db: Kysely<Database>,
  document: ManifestDocument,
  folder?: string,
  onEnd?: (digest: FileDigest) => void,
): AsyncGenerator<readonly string[]> {
  const { place, archive } = document;
  if (place === null) return;
  if (place.kind === 'file') {
    let isHeader = true;
    for await (const lines of archiveLines(archivePath(place, folder), onEnd)) {
      yield isHeader ? lines.slice(1) : lines;
      isHeader = false;
    }
    return;
  }
  for (let last = 0; ; ) {
    const { rows } = await sql<{ place: number; line: string }>`
      select place, line from opsdeck_jobs.archived_record
       where manifest_id = ${archive}::bigint and place > ${last}::int order by place limit ${sql.lit(page)}`.execute(
      db,
    );
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.place;
    yield rows.map((row) => row.line);
  }
}

const line = z.tuple([z.int().min(0), z.string(), z.array(z.string().nullable())]);

/** An archived row. */
export interface ArchivedRow {
  /** Which of the manifest's tables. */
  readonly place: number;
  /** The key of the policy's row that it belongs to. */
  readonly root: string;
  /** In the order of the manifest's columns. */
  readonly values: readonly (string | null)[];
}

/** The rows that the manifest names, and those that went with them. Others were only copied: they are in their table. */
export async function* namedRows(
  document: ManifestDocument,
  lines: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly ArchivedRow[]> {
  const named = keySet(document.keys);
  for await (const some of lines) {
    yield some.flatMap((text): ArchivedRow[] => {
      const [place, root, values] = line.parse(JSON.parse(text));
      return named.has(root) ? [{ place, root, values }] : [];
    });
  }
}
