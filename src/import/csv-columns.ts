import { nearest } from '../text/suggest.ts';
import { type FileProblem, shownProblems } from './problems.ts';

/** One column of a CSV file; `about` is what `--help` and a refused header say about it. */
export interface CsvColumn {
  readonly name: string;
  readonly required: boolean;
  readonly about: string;
}

/** `Execution Date` and `execution-date` are read as `execution_date`. */
export function columnName(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

export interface CsvHeader {
  /** In the order of the file; empty: the column has no name, so its cells must be empty; null: it is left out. */
  readonly names: readonly (string | null)[];
  readonly problems: readonly FileProblem[];
}

/**
 * Compares the header with the columns that are known: every missing, unknown and repeated one is a problem.
 *
 * @param map what `--map` says. With it the file is somebody else's export: columns that are not mapped and not known are left out,
 * but for those whose name is nearly that of a missing one.
 */
export function readHeader(
  headings: readonly string[],
  columns: readonly CsvColumn[],
  line: number,
  map: ReadonlyMap<string, string> = new Map(),
): CsvHeader {
  const read = headings.map((heading) => map.get(heading.trim()) ?? columnName(heading));
  const known = columns.map((column) => column.name);
  const missing = known.filter((candidate) => !read.includes(candidate));
  const messages: string[] = [];
  const seen = new Set<string>();
  const names = read.map((name, index) => {
    if (name === '') return name;
    if (!known.includes(name)) {
      // The others are only counted.
      const meant = messages.length < shownProblems ? nearest(name, missing) : undefined;
      if (map.size > 0 && meant === undefined) return null;
      messages.push(
        `unknown column '${headings[index]}'${meant === undefined ? '' : `: did you mean '${meant}'?`}`,
      );
    } else if (seen.has(name)) {
      messages.push(`column '${name}' is there twice`);
    }
    seen.add(name);
    return name;
  });
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
