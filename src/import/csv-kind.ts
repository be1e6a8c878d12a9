import type { RawBuilder, Transaction } from 'kysely';
import type { z } from 'zod';
import type { Database } from '../db/tables.ts';
import type { CsvColumn } from './csv-columns.ts';
import type { FileProblem } from './problems.ts';

/** A value of the staging table; written by COPY as text. */
export type StagedValue = string | number | boolean | null;

/** What an import did, or in a dry run would do. */
export interface ImportCounts {
  readonly added: number;
  readonly changed: number;
  /** Rows of another table that had to be added for those of the file. */
  readonly also?: { readonly singular: string; readonly plural: string; readonly count: number };
  /** What else is to be said, as sentences. */
  readonly notes?: readonly string[];
}

/** What the statements of an import need to know besides the staged rows. */
export interface ImportStamp {
  /** `timestamp without time zone`: now, in the stored zone. */
  readonly now: RawBuilder<string>;
  /** Columns that the file has: what it leaves out keeps its value in the database. */
  readonly columns: ReadonlySet<string>;
}

/** A problem that only the database can see: a reference to nothing, two rows about the same thing. */
export interface StagedProblems {
  /** The first ones by line. */
  readonly first: readonly FileProblem[];
  readonly count: number;
}

/** What the person added on the command line, and what is configured. */
export interface CsvKindOptions {
  /** The framework of rows that name none. */
  readonly framework?: string | undefined;
  /** Who owns what a row names no owner of: an address, or else the name of a group. */
  readonly ownerEmail?: string | undefined;
  readonly ownerGroup?: string | undefined;
  /** The business zone, in which an instant becomes a day. */
  readonly zone: string;
}

/** One kind of CSV file: its columns, what makes a row right, and its set-based way into the database. */
export interface CsvKind<Row> {
  /** The word after `import`. */
  readonly name: string;
  /** `user`, `rule`: what one row is about, for messages. */
  readonly noun: string;
  readonly columns: readonly CsvColumn[];
  /** What makes two rows the same, in words; for messages. */
  readonly identity: string;
  /** Checks the trimmed cells of one row. */
  row(options: CsvKindOptions): z.ZodType<Row>;
  /** Columns of the staging table after `line`, with their PostgreSQL types. */
  readonly staged: Readonly<Record<string, string>>;
  /** The values of those columns, in their order. */
  stage(row: Row): readonly StagedValue[];
  problems(trx: Transaction<Database>): Promise<StagedProblems>;
  write(trx: Transaction<Database>, stamp: ImportStamp): Promise<ImportCounts>;
}
