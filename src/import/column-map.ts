import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import { count } from '../text/count.ts';
import { type CsvColumn, columnName } from './csv-columns.ts';

/** So many columns a sentence lists. */
const mostListed = 40;

/** Columns of the import by the headings that `--map` gives them. */
export type ColumnMap = ReadonlyMap<string, string>;

/**
 * `--map "Email Address [Required]=email"`: the last equals sign divides, so that a heading may hold one.
 *
 * @throws OperatorError `usage`, exit 2: no two names, a column that the import does not have, one that is mapped twice.
 */
export function readColumnMap(typed: readonly string[], columns: readonly CsvColumn[]): ColumnMap {
  const map = new Map<string, string>();
  for (const text of typed) {
    const cut = text.lastIndexOf('=');
    const [heading, target] = [text.slice(0, cut).trim(), columnName(text.slice(cut + 1))];
    if (cut < 1 || heading === '' || target === '')
      throw usage(
        `--map '${text}' does not name two columns.`,
        'Give the heading of the file and the column of the import: --map "Email Address=email".',
      );
    if (!columns.some(({ name }) => name === target))
      throw usage(`--map '${text}': the import has no column '${target}'.`, columnsOfImport(columns));
    if (map.has(heading)) throw usage(`--map names the column '${heading}' twice.`, 'Map each column once.');
    if ([...map.values()].includes(target))
      throw usage(`--map gives the column '${target}' two headings.`, 'Map each column once.');
    map.set(heading, target);
  }
  return map;
}

/** The headings under which `--map` finds nothing. OperatorError `usage`, exit 2. */
export function unknownHeading(
  file: string,
  heading: string,
  headings: readonly string[],
  columns: readonly CsvColumn[],
): OperatorError {
  const shown = headings.filter((one) => one !== '').slice(0, mostListed);
  const more = headings.length - shown.length;
  const list = shown.map((one) => `'${one}'`).join(', ');
  const rest = more > 0 && shown.length === mostListed ? ` and ${count(more, 'more')}` : '';
  return usage(
    `--map names the column '${heading}', which ${file} does not have. Its columns are: ${list}${rest}.`,
    columnsOfImport(columns),
  );
}

function columnsOfImport(columns: readonly CsvColumn[]): string {
  return `The columns of the import are: ${columns.map(({ name }) => name).join(', ')}.`;
}
