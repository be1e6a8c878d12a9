import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../docs/manual/blocks.ts';

export interface DeclaredTable {
  /** File and line. */
  readonly place: string;
  /** Every name that a column of it may have. Empty: they are not written where the table is. */
  readonly columns: readonly string[];
}

/** The tables that a source file sets: those for a terminal, with their narrow forms; not those that are written as CSV alone. */
export function tablesOf(file: string, source: string): readonly DeclaredTable[] {
  return [...source.matchAll(/kind: '(?:table|rows)'/g)].flatMap(({ index, 0: kind }) => {
    const before = source.slice(0, index);
    if (kind.includes('rows') && /: StreamedTable \{\s*return \{\s*$/.test(before)) return [];
    const place = `${file}:${before.split('\n').length}`;
    const block = source.slice(index, endOf(source, index, '{}'));
    const columns = [...block.matchAll(/\bcolumns: \[/g)].map((found) => {
      const from = found.index + found[0].length;
      return namesIn(block.slice(from, endOf(block, from, '[]')));
    });
    return columns.length === 0
      ? [{ place, columns: [] }]
      : columns.map((names) => ({ place, columns: names }));
  });
}

/** Where the bracket ends that is open at a place. */
function endOf(source: string, from: number, [open, close]: string): number {
  let depth = 1;
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === open) depth += 1;
    if (source[at] === close) depth -= 1;
    if (depth === 0) return at;
  }
  return source.length;
}

/** Each text that is not compared with; what is put into a template is an X. */
function namesIn(list: string): readonly string[] {
  return [...list.matchAll(/(=== )?(?:'([^']*)'|`([^`]*)`)/g)].flatMap(([, compared, text, template]) =>
    compared === undefined ? [text ?? template?.replace(/\$\{[^}]*\}/, 'X') ?? ''] : [],
  );
}

const folders = ['bin', 'jobs', 'src'];

/** The renderers, which are given tables, the auditor's file, which no terminal shows, and what is no table of a report. */
const passedOver =
  /^src\/(?:cli\/render|html|grants|job\/report\.ts)|^jobs\/(?:audit-file|data-retention\/policy)\//;

/** The tables of the program. */
export const declaredTables: readonly DeclaredTable[] = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))
    .filter((file) => !passedOver.test(file))
    .flatMap((file) => tablesOf(file, readFileSync(join(root, file), 'utf8'))),
);
