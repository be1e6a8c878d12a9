import type { ProblemList } from './problems.ts';

/** One row of whatever is imported. */
export interface SourceRow {
  /** The line on which the row begins, from 1; of a folder, which of its files it is. */
  readonly line: number;
  /** Trimmed cells by column name; columns that the source leaves out are not in it. */
  readonly cells: Readonly<Record<string, string>>;
}

/** Where the rows of an import come from. */
export interface RowSource {
  /** The path as the person typed it. */
  readonly file: string;
  /** The columns that the source has. */
  readonly columns: ReadonlySet<string>;
  /** Of a folder: the name of the file that a row stands for. */
  readonly fileOf?: (line: number) => string;
  /** The rows, once, in order. Rows that cannot be read go to `problems`; what follows an unreadable place is not read. */
  rows(problems: ProblemList): AsyncGenerator<SourceRow>;
  /** What was left out, as sentences; complete when the rows have been read. */
  readonly notes?: () => readonly string[];
  close(): void;
}
