import { nearest } from '../text/suggest.ts';
import { type FileProblem, shownProblems } from './problems.ts';

/** One column of a CSV file; `about` is what `--help` and a refused header say about it. */
export interface CsvColumn {
  readonly name: string;
  readonly required: boolean;
  readonly about: string;
}

/** `Execution Date` and `execution-date` are read as `execution_date`. */
function columnName(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

export interface CsvHeader {
  /** Names in the order of the file. */
  readonly names: readonly string[];
  readonly problems: readonly FileProblem[];
}

/** Compares the header with the columns that are known: every missing, unknown and repeated one is a problem. */
export function readHeader(
  headings: readonly string[],
  columns: readonly CsvColumn[],
  line: number,
): CsvHeader {
  const names = headings.map(columnName);
  const known = columns.map((column) => column.name);
  const missing = known.filter((candidate) => !names.includes(candidate));
  const messages: string[] = [];
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (name === '') {
      messages.push(`column ${index + 1} has no name`);
    } else if (!known.includes(name)) {
      // The others are only counted.
      const meant = messages.length < shownProblems ? nearest(name, missing) : undefined;
      messages.push(
        `unknown column '${headings[index]}'${meant === undefined ? '' : `: did you mean '${meant}'?`}`,
      );
    } else if (seen.has(name)) {
      messages.push(`column '${name}' is there twice`);
    }
    seen.add(name);
  }
  for (const column of columns) {
    if (column.required && !seen.has(column.name)) messages.push(`column '${column.name}' is missing`);
  }
  return { names, problems: messages.map((message) => ({ line, message })) };
}

/** The documented header in one line: `email,name[,role,department]`, optional columns in brackets. */
export function headerText(columns: readonly CsvColumn[]): string {
  const names = (required: boolean) =>
    columns
      .filter((column) => column.required === required)
      .map((column) => column.name)
      .join(',');
  const optional = names(false);
  return optional === '' ? names(true) : `${names(true)}[,${optional}]`;
}
