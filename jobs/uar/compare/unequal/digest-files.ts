import type { Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import type { CsvSource } from '../../sources/csv/csv-source.ts';
import { type FoundColumns, findColumns, neededColumns } from '../columns.ts';
import { selectedCells } from '../compare-staged.ts';
import { filteredColumns } from '../filter.sql.ts';
import type { ComparisonSpec, StagedSide } from '../spec.ts';
import { fieldRules } from './cells.ts';
import { KeyedHash } from './keyed-hash.ts';
import { RowDigests } from './row-digests.ts';
import { type UnequalRows, unequalRows } from './unequal-rows.ts';

/*
 * Which rows of two files the database does not have to see: those with one partner that is the same.
 *
 * Model: both files are read once for a hash of the key's group and one of the key and the mapped cells, then again for the rows that
 * remain, which alone are staged. The database decides about them as it would among all; of a pair that is left out it is certain that
 * it would find it equal. Only the database knows what a filter selects, so it is asked for each different row of filtered cells.
 *
 * | what a row is                                                  | what becomes of it                         |
 * | alone in its group on both sides, same key and cells, selected | left out, and counted as compared          |
 * | of a key that the database might take for another row's        | the same group: all rows of it are staged  |
 * | maybe without a key; maybe excluded                            | staged                                     |
 * | of a file that changed between the readings                    | InconclusiveSource                         |
 *
 * What counts in keys and cells is computed here for ASCII alone; other text counts byte by byte, and is staged where that differs. Memory:
 * 18 bytes a row and side, and 4 for each place of one table.
 */

/** A side that can be read once here, and again later. */
export interface ReadableFile {
  readonly name: string;
  readonly source: Pick<CsvSource, 'names' | 'scan'>;
}

/** A side, read the first time. */
export interface DigestedFile {
  readonly digests: RowDigests;
  readonly staged: StagedSide;
  readonly sha256: string;
}

export interface DigestedFiles {
  readonly columns: FoundColumns;
  readonly a: DigestedFile;
  readonly b: DigestedFile;
}

/** @throws InconclusiveSource, InconclusiveComparison */
export async function digestFiles(
  spec: ComparisonSpec,
  a: ReadableFile,
  b: ReadableFile,
): Promise<DigestedFiles> {
  const choose = { a: neededColumns(spec, 'a'), b: neededColumns(spec, 'b') };
  const sideOf = async (side: 'a' | 'b', { name, source }: ReadableFile): Promise<StagedSide> => {
    const columns = await source.names();
    const chosen = new Set(choose[side](columns));
    return { name, columns, staged: columns.filter((column) => chosen.has(column)), rows: 0 };
  };
  const staged = { a: await sideOf('a', a), b: await sideOf('b', b) };
  const columns = findColumns(spec, staged.a, staged.b);
  const hash = new KeyedHash();
  const digest = async (side: 'a' | 'b', { source }: ReadableFile): Promise<DigestedFile> => {
    const digests = new RowDigests(
      {
        key: side === 'a' ? columns.keyA : columns.keyB,
        mapped: columns.mappings.map(({ columnA, columnB, settings }) => ({
          column: side === 'a' ? columnA : columnB,
          rules: fieldRules(settings),
        })),
        filtered: filteredColumns(columns.where[side]).map(({ column }) => column),
      },
      spec.settings.key,
      hash,
    );
    const { rows, sha256 } = await source.scan(choose[side], (lines) => digests.add(lines));
    return { digests, staged: { ...staged[side], rows }, sha256 };
  };
  return { columns, a: await digest('a', a), b: await digest('b', b) };
}

/** Which rows of both are staged; once. At most four statements. @throws InconclusiveComparison */
export async function rowsToStage(
  trx: Transaction<Database>,
  { columns, a, b }: DigestedFiles,
): Promise<UnequalRows> {
  const selected = {
    a: await selectedCells(trx, 'a', columns, a.staged, a.digests.filtered),
    b: await selectedCells(trx, 'b', columns, b.staged, b.digests.filtered),
  };
  const unequal = unequalRows(a.digests, b.digests, selected);
  for (const { digests } of [a, b]) digests.clear();
  return unequal;
}
