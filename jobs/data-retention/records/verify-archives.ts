import { stat } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { isDatabaseError } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { reasonOf } from '../archive/archive-error.ts';
import { lineStart } from '../archive/read-archive.ts';
import { keyRanges, keySet } from '../batch/key-set.ts';
import { tableRef } from '../batch/line.sql.ts';
import { findKnownTable } from '../policy/known-tables.ts';
import { archivedLines, archivePath, contentProblem } from './archived-lines.ts';
import { type ManifestDocument, readManifests, type StoredManifest } from './manifest.sql.ts';
import { filesWithoutManifest } from './unnamed-files.ts';

/**
 * What is wrong with an archive.
 * `manifest_changed`: the manifest, or its link to the one before, is not what was written. `missing`: the file cannot be read.
 * `changed`: the file, or the rows in `archived_record`, are not what was written. `exposed`: others than its owner may read or
 * write the file. `rows_missing`: it does not hold the rows that its manifest names. `also_in_table`: a row that it names is in its
 * table, and was not restored. `archived_twice`: two archives name a row that was not restored in between. `no_manifest`: a file of a
 * run that came to its end, and no manifest names it: its manifest was removed, or it was put there.
 */
export const archiveProblems = [
  'manifest_changed',
  'missing',
  'changed',
  'exposed',
  'rows_missing',
  'also_in_table',
  'archived_twice',
  'no_manifest',
] as const;
export type ArchiveProblem = (typeof archiveProblems)[number];

export interface ArchiveFinding {
  /** null: a file without one. */
  readonly archive: number | null;
  readonly problem: ArchiveProblem;
  readonly detail: string;
}

export interface ArchiveVerification {
  readonly archives: number;
  /** Rows of the policies' tables that the archives name. */
  readonly rows: number;
  readonly findings: readonly ArchiveFinding[];
  /** Files that an interrupted run has left; the next one removes them. */
  readonly leftovers: number;
  /** Files of runs that this database does not know. */
  readonly foreign: readonly string[];
}

const page = 100;

/** Checks every manifest and every archive; reads each file to its end. `folder`: where the files are now, if they were moved. */
export async function verifyArchives(
  db: Kysely<Database>,
  options: { readonly folder: string | undefined; readonly archiveDir: string | undefined },
): Promise<ArchiveVerification> {
  const findings: ArchiveFinding[] = [];
  const spans: Span[] = [];
  const folders = new Map<string, Set<string>>();
  const where = options.folder ?? options.archiveDir;
  if (where !== undefined) folders.set(where, new Set());
  let archives = 0;
  let rows = 0;
  for (let last = 0; ; ) {
    const manifests = await readManifests(db, { afterId: last }, page);
    const end = manifests.at(-1);
    if (end === undefined) break;
    last = end.id;
    for (const manifest of manifests) {
      archives += 1;
      findings.push(...(await verifyOne(db, manifest, options.folder)));
      const { document } = manifest;
      if (document === null) continue;
      rows += keySet(document.keys).size;
      spans.push(...spansOf(document));
      if (document.place?.kind !== 'file') continue;
      const folder = options.folder ?? document.place.folder;
      const names = folders.get(folder) ?? new Set();
      folders.set(folder, names.add(document.place.name));
    }
  }
  findings.push(...(await archivedTwice(db, spans)));
  const { unnamed, foreign, leftovers } = await filesWithoutManifest(db, folders);
  findings.push(
    ...unnamed.map((path): ArchiveFinding => ({ archive: null, problem: 'no_manifest', detail: path })),
  );
  return { archives, rows, findings, leftovers, foreign };
}

async function verifyOne(
  db: Kysely<Database>,
  { id, document, intact }: StoredManifest,
  folder: string | undefined,
): Promise<ArchiveFinding[]> {
  const findings: ArchiveFinding[] = [];
  const find = (problem: ArchiveProblem, detail: string) => findings.push({ archive: id, problem, detail });
  if (!intact)
    find('manifest_changed', 'its manifest, or the link to the one before, is not what was written');
  if (document === null) return findings;
  if (document.place !== null) {
    const problem = await verifyContent(db, document, folder);
    if (problem !== undefined) find(problem.problem, problem.detail);
  }
  if (document.place?.kind === 'file') {
    const path = archivePath(document.place, folder);
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => undefined,
    );
    if (mode !== undefined && (mode & 0o077) !== 0)
      find('exposed', `${path} has the mode ${mode.toString(8)}, not 600`);
  }
  const again = document.action === 'archive_then_delete' ? await stillInTable(db, document) : 0;
  if (again > 0)
    find(
      'also_in_table',
      `${again} of its rows are in ${document.tables[0]?.name ?? ''} and were not restored`,
    );
  return findings;
}

async function verifyContent(
  db: Kysely<Database>,
  document: ManifestDocument,
  folder: string | undefined,
): Promise<{ readonly problem: ArchiveProblem; readonly detail: string } | undefined> {
  const { place } = document;
  if (place === null) return undefined;
  const path = place.kind === 'file' ? archivePath(place, folder) : 'archived_record';
  const named = keySet(document.keys);
  const counts = document.tables.map(() => 0);
  try {
    const wrong = await contentProblem(db, document, folder);
    if (wrong !== undefined) return { problem: 'changed', detail: `${path} ${wrong}` };
    for await (const some of archivedLines(db, document, folder))
      for (const line of some) {
        const { place: table, root } = lineStart(line);
        if (named.has(root)) counts[table] = (counts[table] ?? 0) + 1;
      }
  } catch (error) {
    if (isDatabaseError(error)) throw error;
    const gone = error instanceof Error && 'syscall' in error;
    return { problem: gone ? 'missing' : 'changed', detail: `${path}: ${reasonOf(error)}` };
  }
  const short = document.tables.find((table, index) => (counts[index] ?? 0) !== rowsOf(document, table));
  return short === undefined
    ? undefined
    : {
        problem: 'rows_missing',
        detail: `${path} does not hold the rows of ${short.name} that its manifest names`,
      };
}

/** A copy has the related rows in it, but none of them was taken. */
function rowsOf(
  { action, tables }: ManifestDocument,
  table: ManifestDocument['tables'][number],
): number | undefined {
  return action === 'archive_only' && table !== tables[0] ? undefined : table.rows;
}

async function stillInTable(db: Kysely<Database>, document: ManifestDocument): Promise<number> {
  const [table] = document.tables;
  const [key] = table?.key ?? [];
  if (table === undefined || key === undefined || findKnownTable(table.name) === undefined) return 0;
  const integers = typeof document.keys === 'string';
  // The name is as good as whoever wrote the manifest; a table, or its key, may have changed since.
  const { rows: there } = await sql<{ there: boolean }>`
    select exists (select from pg_attribute a
                    where a.attrelid = to_regclass(${table.name.includes('.') ? table.name : `public.${table.name}`}) and a.attname = ${key}
                      and not a.attisdropped
                      and (a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)) = ${integers}) as there`.execute(
    db,
  );
  if (there[0]?.there !== true) return 0;
  const own = sql`t.${sql.id(key)}`;
  const among = integers
    ? sql`${own} between ${document.key_range.first}::bigint and ${document.key_range.last}::bigint
          and ${own}::bigint <@ ${document.keys}::text::int8multirange`
    : sql`${own}::text = any (${[...document.keys]}::text[])`;
  const restored = integers
    ? sql`${own}::bigint <@ (r.keys #>> '{}')::int8multirange`
    : sql`${own}::text in (select json_array_elements_text(r.keys))`;
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${tableRef(table.name)} t
     where ${among} and not exists (select from opsdeck_jobs.archive_restore r
                                     where r.manifest_id = ${document.archive}::bigint and ${restored})`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

/** Keys that an archive took out of a table: a range of integers, or one uuid. */
interface Span {
  readonly table: string;
  readonly archive: number;
  readonly start: bigint | string;
  readonly end: bigint | string;
}

function spansOf({ action, archive, tables, keys }: ManifestDocument): readonly Span[] {
  if (action !== 'archive_then_delete') return [];
  const table = tables[0]?.name ?? '';
  return typeof keys === 'string'
    ? keyRanges(keys).map(({ start, end }) => ({ table, archive, start, end }))
    : keys.map((key) => ({ table, archive, start: key, end: `${key} ` }));
}

const compare = (a: bigint | string, b: bigint | string) => (a < b ? -1 : a > b ? 1 : 0);

/** Sorted, a span that overlaps an earlier one begins before the farthest end so far. */
async function archivedTwice(
  db: Kysely<Database>,
  spans: readonly Span[],
): Promise<readonly ArchiveFinding[]> {
  const pairs = new Map<
    string,
    { readonly earlier: number; readonly later: number; readonly table: string }
  >();
  let farthest: Span | undefined;
  for (const span of spans.toSorted((a, b) => compare(a.table, b.table) || compare(a.start, b.start))) {
    if (farthest?.table === span.table && compare(span.start, farthest.end) < 0) {
      const [earlier, later] = [
        Math.min(farthest.archive, span.archive),
        Math.max(farthest.archive, span.archive),
      ];
      pairs.set(`${earlier} ${later}`, { earlier, later, table: span.table });
    }
    if (farthest?.table !== span.table || compare(span.end, farthest.end) > 0) farthest = span;
  }
  if (pairs.size === 0) return [];
  const { rows } =
    await sql`select distinct manifest_id::int as id from opsdeck_jobs.archive_restore`.execute(db);
  const restored = new Set(rows.map((row) => z.object({ id: z.int() }).parse(row).id));
  return [...pairs.values()]
    .filter(({ earlier }) => !restored.has(earlier))
    .map(({ earlier, later, table }) => ({
      archive: later,
      problem: 'archived_twice',
      detail: `it names rows of ${table} that archive ${earlier} names, too`,
    }));
}
