import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { archiveFiles } from '../archive/archive-name.ts';
import { type ArchiveDigest, archiveDigest, archiveLines } from '../archive/read-archive.ts';
import { hashRecords } from '../batch/dispose.sql.ts';
import { keySet } from '../batch/key-set.ts';
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
 * Why an archive is not what its manifest says, a clause; undefined: it is, to the last byte. A file is not unpacked for it, so that
 * nothing is before it is known to be ours.
 *
 * @throws what the file system says, and that it is not a regular file.
 */
export async function contentProblem(
  db: Kysely<Database>,
  { place, archive }: ManifestDocument,
  folder?: string,
): Promise<string | undefined> {
  if (place === null) return undefined;
  const { sha256 } =
    place.kind === 'file'
      ? await archiveDigest(archivePath(place, folder), place.bytes)
      : await hashRecords(db, archive);
  return sha256 === place.sha256 ? undefined : 'is not what was written';
}

/**
 * The lines of an archive without its header, some at a time, wherever they are. `onEnd` receives the hash of what was read once it was
 * read to its end.
 */
export async function* archivedLines(
  db: Kysely<Database>,
  document: ManifestDocument,
  folder?: string,
  onEnd?: (digest: ArchiveDigest) => void,
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
  const digest = createHash('sha256');
  let bytes = 0;
  for (let last = 0; ; ) {
    const { rows } = await sql<{ place: number; line: string }>`
      select place, line from opsdeck_jobs.archived_record
       where manifest_id = ${archive}::bigint and place > ${last}::int order by place limit ${sql.lit(page)}`.execute(
      db,
    );
    const end = rows.at(-1);
    if (end === undefined) break;
    last = end.place;
    for (const row of rows) {
      digest.update(`${row.line}\n`);
      bytes += Buffer.byteLength(row.line) + 1;
    }
    yield rows.map((row) => row.line);
  }
  onEnd?.({ sha256: digest.digest('hex'), bytes });
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
