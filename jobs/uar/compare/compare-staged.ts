/*
 * Compares the two sides of an access review, which are in the staging tables `uar_a` and `uar_b`, by SQL alone.
 *
 * Model: a key that is empty, or in several rows of a side, is set aside; the others meet in one full join that keeps only where the
 * rows are that have no partner or differ. Raw data, differences and hashes are made for those alone, so that what is equal is read
 * twice (once to count keys, once to join) and never leaves the database. Memory of the program: the summary.
 *
 * | what the data hold                          | what becomes of it                                                        |
 * | a row that does not meet the filter of its side | excluded before anything else, and counted                               |
 * | no key, or an empty one                     | counted, with the numbers of rows; not compared; in B a finding `No Key`  |
 * | a key in several rows of a side             | `Duplicate Key`; rows of either side with it are not compared             |
 * | keys that only look the same                | two findings as any others, marked and counted as near misses             |
 * | a value that is not of its declared type    | compared as text, and counted                                             |
 * | a key, mapped or filtered column that is not there; a filter that excludes every row | InconclusiveComparison           |
 *
 * A fixed number of statements, none of which a value can make fail. The clock is not used. All tables go with the transaction; what
 * follows in it finds `uar_result`, and settings of the planner that suit statements over whole tables.
 */

import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { statementFault } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { count } from '../../../src/text/count.ts';
import { type FoundColumns, findColumns } from './columns.ts';
import { makeDifferenceTable } from './differences.sql.ts';
import { areSelected, excludeRows, makeExcludedTable } from './filter.sql.ts';
import { conditionWords } from './filter.ts';
import { type KeyExpressions, keyExpressions, makeDuplicateTable, makeKeyTable } from './keys.sql.ts';
import { comparedFields, makeNearTable, makePairTable } from './pairs.sql.ts';
import { makeResultTable } from './result.sql.ts';
import { type ComparisonSpec, InconclusiveComparison, type StagedSide } from './spec.ts';
import { summaryQuery } from './summary.sql.ts';
import { type ComparisonSummary, comparisonSummary } from './summary.ts';
import { type FoldingCollation, foldingCollations } from './text.sql.ts';

/**
 * Compares `uar_a` with `uar_b` and leaves the findings in the temporary table `uar_result`, which the end of the transaction drops:
 * `finding_type, key_text, severity, description` text, `raw_data_a, raw_data_b, differences` json, `data_hash, identity` bytea.
 * Rows that a filter excludes leave `uar_a` and `uar_b` for `uar_excluded (side, row_no, key, why, shown)`.
 * The transaction must be one that can make tables.
 *
 * @throws InconclusiveComparison, before anything is read, when a column is missing.
 */
export async function compareStaged(
  trx: Transaction<Database>,
  spec: ComparisonSpec,
  a: StagedSide,
  b: StagedSide,
): Promise<ComparisonSummary> {
  const columns = findColumns(spec, a, b);
  const collation = await prepare(trx);
  const keys = keyExpressions(columns, spec.settings.key, collation);
  const fields = comparedFields(columns, collation);
  await applyFilters(trx, columns, keys, { a, b }, collation);
  const steps: readonly RawBuilder<unknown>[] = [
    // Tables made in this transaction have no statistics; the planner needs those of the keys, and the number of rows.
    sql`analyze uar_a (${sql.ref(`c${columns.keyA}`)}), uar_b (${sql.ref(`c${columns.keyB}`)})`,
    makeKeyTable(keys),
    sql`analyze uar_key`,
    makeDuplicateTable(keys),
    makePairTable(columns, keys, fields),
    sql`analyze uar_pair, uar_duplicate`,
    makeNearTable(collation),
    makeDifferenceTable(fields),
    makeResultTable(spec, columns, keys, a, b),
  ];
  for (const step of steps) await step.execute(trx);
  const { rows } = await summaryQuery(columns, keys, { a, b }, spec.settings.sides).execute(trx);
  // What follows joins the findings with tables whose statistics may be from before there were any: no bets on few rows.
  await sql`select set_config('enable_nestloop', 'off', true)`.execute(trx);
  return comparisonSummary.parse(rows[0]?.summary);
}

/** Excludes what the filters do not select. @throws InconclusiveComparison where that is every row of a side. */
async function applyFilters(
  trx: Transaction<Database>,
  columns: FoundColumns,
  keys: KeyExpressions,
  sides: { readonly a: StagedSide; readonly b: StagedSide },
  collation: FoldingCollation,
): Promise<void> {
  const { where } = columns;
  await makeExcludedTable.execute(trx);
  for (const side of ['a', 'b'] as const) {
    if (where[side].length === 0) continue;
    const { rows } = sides[side];
    const filter = filterOf(side, columns, sides[side]);
    const excluded = await excludeRows(side, columns, keys, collation)
      .execute(trx)
      .catch((error: unknown) => {
        throw unreadable(error, filter);
      });
    if (rows > 0 && Number(excluded.numAffectedRows) === rows)
      throw new InconclusiveComparison(
        `${filter.name}: the filter '${filter.words}' excludes all of its ${count(rows, 'row')}.`,
      );
  }
}

/** The filter of a side, for reasons. */
function filterOf(
  side: 'a' | 'b',
  { where }: FoundColumns,
  { name = `Side ${side.toUpperCase()}` }: StagedSide,
) {
  return { name, words: where[side].map(({ condition }) => conditionWords(condition)).join(', ') };
}

function unreadable(error: unknown, { name, words }: ReturnType<typeof filterOf>): unknown {
  return statementFault(error) === invalidPattern
    ? new InconclusiveComparison(`${name}: the database cannot read the pattern of the filter '${words}'.`)
    : error;
}

/**
 * Whether the filter of a side selects rows with these cells, which are those of its columns, each once, in the order of the conditions;
 * without a filter every one. At most two statements.
 *
 * @throws InconclusiveComparison
 */
export async function selectedCells(
  trx: Transaction<Database>,
  side: 'a' | 'b',
  columns: FoundColumns,
  staged: StagedSide,
  cells: readonly (readonly (string | null)[])[],
): Promise<readonly boolean[]> {
  if (columns.where[side].length === 0) return [true];
  const { rows } = await areSelected(columns.where[side], cells, await foldingCollation(trx))
    .execute(trx)
    .catch((error: unknown) => {
      throw unreadable(error, filterOf(side, columns, staged));
    });
  return rows.map(({ met }) => met);
}

/** SQLSTATE. */
const invalidPattern = '2201B';

/** Where the columns of the sides are, and their keys, as {@link compareStaged} of the same transaction read them. One statement. */
export async function stagedKeys(
  trx: Transaction<Database>,
  spec: ComparisonSpec,
  a: StagedSide,
  b: StagedSide,
  keyed: { readonly a: boolean; readonly b: boolean },
): Promise<{ readonly columns: FoundColumns; readonly keys: KeyExpressions }> {
  const columns = findColumns(spec, a, b);
  const collation = await foldingCollation(trx);
  return { columns, keys: keyExpressions(columns, spec.settings.key, collation, keyed) };
}

/** What {@link compareStaged} folds letters with on this database. One statement. */
export async function foldingCollation(db: Kysely<Database>): Promise<FoldingCollation> {
  const { rows } = await sql`select ${bestCollation} as collation`.execute(db);
  return collationRow.parse(rows[0]).collation;
}

const bestCollation = sql`
           (select collname::text from pg_collation
             where collname = any (${foldingCollations}::text[]) and collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))
             order by array_position(${foldingCollations}::text[], collname::text) limit 1)`;

const collationRow = z.object({ collation: z.enum(foldingCollations).nullable() });

/**
 * For the rest of the transaction: whole tables meet in hash joins, for which sorting by key would cost several times as much;
 * compiling the statements takes longer than it saves; and temporary tables are in memory, or next to it.
 */
async function prepare(trx: Transaction<Database>): Promise<FoldingCollation> {
  const { rows } = await sql`
    select set_config('jit', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('work_mem', '64MB', true),
           set_config('random_page_cost', '1.1', true),
           ${bestCollation} as collation`.execute(trx);
  return collationRow.parse(rows[0]).collation;
}
