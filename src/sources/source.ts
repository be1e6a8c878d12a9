import type { Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';

/*
 * Rows that come from outside: the sides of an access review, and the queries of jobs.
 *
 * Model: a source is opened outside any transaction (a file is opened, an API is read into a private file), then loaded into a
 * temporary table within the transaction that uses it, then closed. Values are text; nobody trusts names of columns as
 * identifiers: column i of the table is `c<i>`.
 *
 * | what happens                                      | what becomes of it                                             |
 * | anything that makes the rows wrong or incomplete  | InconclusiveSource: none of them is used                       |
 * | the database or the program fails                 | that error, as it is                                           |
 * | the process dies                                  | the table goes with the transaction; spooled files when the next source is opened |
 *
 * Not promised: that two sources were taken at the same instant.
 */

/** The name of a temporary table. */
export type StagingTable = string;

/** Which columns are needed, once the names of all are known: names of columns, or paths into one. Those that there are get staged. */
export type ColumnChoice = (names: readonly string[]) => readonly string[];

/** One side, loaded. */
export interface LoadedSource {
  /** Names as the source has them, in its order, distinct and not empty. Never SQL identifiers. */
  readonly columns: readonly string[];
  /** Those that are in the table, where not all are, and paths: column i (from 1) of the table is `c<i>`. */
  readonly staged?: readonly string[];
  readonly rows: number;
  /** SHA-256 (hex): of the bytes of a file, of the bytes of an API's answers one after the other, otherwise of the staged rows. */
  readonly sha256: string;
  /** When it was read: the clock of the run. */
  readonly extractedAt: Date;
  /** When the data themselves were made, where the source says so: the change time of a file, `Last-Modified` of an answer. */
  readonly asOf: Date | null;
  /** Whole sentences for people: columns that were left out, and the like. */
  readonly warnings: readonly string[];
}

export interface OpenSource {
  /**
   * Makes the temporary table (`row_no bigint` from 1 in the order of the source, `c1` … `cn` text; objects and lists as JSON text,
   * null as NULL; ON COMMIT DROP) and fills it. Once. Files, lists and APIs stage the columns that are chosen, all others every one.
   *
   * @throws InconclusiveSource; the transaction is then not usable any more.
   */
  load(trx: Transaction<Database>, table: StagingTable, choose?: ColumnChoice): Promise<LoadedSource>;
  /** Closes files and removes spooled ones; may be called twice. */
  close(): Promise<void>;
}

/** The data cannot be used, and why: one sentence for people that names the line where there is one, and never a secret. */
export class InconclusiveSource extends Error {
  override readonly name = 'InconclusiveSource';
}

/** Of a staging table: PostgreSQL has at most 1,600, and a row of so many texts must fit into a page. */
export const mostColumns = 1000;

/** Of a source, staged or not. */
export const mostNames = 10_000;
