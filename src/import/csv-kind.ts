import type { RawBuilder, Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/tables.ts';
import type { JsonObject } from '../text/json.ts';
import type { Day } from '../time/day.ts';
import type { CsvColumn } from './csv-columns.ts';
import type { FileProblem } from './problems.ts';

/** A value of the staging table; written by COPY as text. */
export type StagedValue = string | number | boolean | null;

/** A row on its way into the staging table, by column; a column that is not there is null. */
export type StagedCells = Readonly<Record<string, StagedValue>>;

/** The types that columns of the staging table have. */
export type StagedType = 'text' | 'date' | 'integer' | 'boolean' | 'double precision' | 'timestamptz';

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
  /** The business zone, and that of OpsDeck's times. */
  readonly zone: string;
  readonly storedZone: string;
  /** Who imports. */
  readonly actor: string;
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
  /** The day it is there; undefined: dates are not compared with it. */
  readonly today?: Day;
  /** The settings of a job of that name. */
  readonly settings?: (job: string) => JsonObject | undefined;
}

/** What OpsDeck's pages are for. */
export interface OwnDatabaseOnly {
  readonly what: string;
  /** Below OpsDeck's address. */
  readonly pages: readonly [string, ...string[]];
}

/** One kind of CSV file: its columns, what makes a row right, and its set-based way into the database. */
export interface CsvKind {
  /** The word after `import`. */
  readonly name: string;
  readonly columns: readonly CsvColumn[];
  /** Checks the trimmed cells of one row. */
  row(options: CsvKindOptions): z.ZodType<StagedCells>;
  /** Only into a database of its own: how sentences name what OpsDeck keeps itself, and its pages. */
  readonly ownDatabase?: OwnDatabaseOnly | undefined;
  /** Columns of the staging table after `line`, with their PostgreSQL types. */
  readonly staged: Readonly<Record<string, StagedType>>;
  problems(trx: Transaction<Database>): Promise<StagedProblems>;
  write(trx: Transaction<Database>, stamp: ImportStamp): Promise<ImportCounts>;
}

interface ColumnFacts extends Omit<CsvColumn, 'name'> {
  readonly type: StagedType;
}

const columnFacts = z.registry<ColumnFacts>();

/** Declares a column: what its cells are, and what they are in the staging table. The header must have it unless a cell may be absent. */
export function column<S extends z.ZodType>(
  type: StagedType,
  cell: S,
  about: string,
  required = !cell.isOptional(),
): S {
  const own = cell.clone();
  columnFacts.add(own, { type, about, required });
  return own;
}

interface Declaration<C extends z.ZodObject, Computed extends string> {
  readonly name: string;
  readonly ownDatabase?: OwnDatabaseOnly;
  /** The columns, each made by {@link column}, in the order in which people see them. */
  readonly cells: (options: CsvKindOptions) => C;
  /** Columns of the staging table that the file does not have. */
  readonly computed?: Readonly<Record<Computed, StagedType>>;
  /** The row as it is staged: the cells themselves, or what becomes of them, checked together. */
  readonly row: (
    cells: C,
    options: CsvKindOptions,
  ) => z.ZodType<Readonly<Record<Extract<keyof z.output<C>, string> | NoInfer<Computed>, StagedValue>>>;
  readonly problems: CsvKind['problems'];
  readonly write: CsvKind['write'];
}

/** Nothing was given: enough to know the columns, which do not depend on it. */
const noOptions: CsvKindOptions = { zone: 'UTC' };

/** Types a kind of file, and derives from its columns the header, the check of a row, and the staging table. */
export function defineCsvKind<C extends z.ZodObject, Computed extends string = never>(
  declaration: Declaration<C, Computed>,
): CsvKind {
  const { name, ownDatabase, cells, computed, row, problems, write } = declaration;
  const columns = Object.entries(cells(noOptions).shape).map(([column, cell]) => {
    const facts = columnFacts.get(cell);
    if (facts === undefined) throw new Error(`column ${column} of ${name} is not declared`);
    return { name: column, ...facts };
  });
  return {
    name,
    ownDatabase,
    columns,
    staged: { ...Object.fromEntries(columns.map(({ name, type }) => [name, type])), ...computed },
    row: (options) => row(cells(options), options),
    problems,
    write,
  };
}
