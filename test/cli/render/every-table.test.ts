import { describe, expect, it } from 'vitest';
import { renderText } from '../../../src/cli/render/text.ts';
import type { Report } from '../../../src/job/report.ts';
import { brokenOn } from '../../support/whole-words.ts';
import { declaredTables, tablesOf } from './declared-tables.ts';
import { longCell, namedColumns } from './long-cells.ts';

/** A row with every value, and one with the first alone. */
function filled(columns: readonly string[]): Report {
  const long = columns.map((name) => longCell(name) ?? '');
  const short = columns.map((_, index) => (index === 0 ? '1' : '-'));
  return [{ kind: 'table', columns, rows: [long, short] }];
}

describe.each(declaredTables)('the table at $place', ({ columns }) => {
  it('has a realistic value for each of its columns', () => {
    expect(columns).not.toEqual([]);
    expect(columns.filter((name) => longCell(name) === undefined)).toEqual([]);
  });

  it.each([80, 200, 320])('breaks no word, loses none and keeps to the width at %i columns', (width) => {
    expect(brokenOn(filled(columns), width)).toEqual([]);
  });

  it('prints a row on one line where the output has no width, such as a pipe', () => {
    const lines = renderText(filled(columns), { columns: undefined, color: false }).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(columns.filter((name) => !lines[1]?.includes(longCell(name) ?? ''))).toEqual([]);
  });
});

describe('the list of tables', () => {
  it('has no value for a column that no table has', () => {
    const used = new Set(declaredTables.flatMap(({ columns }) => columns.map((name) => name.toLowerCase())));
    expect(namedColumns.filter((name) => !used.has(name))).toEqual([]);
    expect(declaredTables.length).toBeGreaterThan(55);
  });

  it.each<readonly [string, string, readonly (readonly string[])[]]>([
    ['a table', `x = { kind: 'table', columns: ['A', 'B'], rows: [] }`, [['A', 'B']]],
    [
      'a narrow form',
      `x = { kind: 'table', columns: ['A', 'B'], narrow: { columns: ['A'] } }`,
      [['A', 'B'], ['A']],
    ],
    [
      'columns by a condition',
      `x = { kind: 'table', columns: [a === 'b' ? 'C' : 'D', ...['E'], \`in \${f}\`] }`,
      [['C', 'D', 'E', 'in X']],
    ],
    ['columns that are elsewhere', `x = { kind: 'table', columns: names, rows: [] }`, [[]]],
    ['rows for CSV alone', `f(): StreamedTable {\n return { kind: 'rows', columns: ['A'] } }`, []],
    ['rows for a terminal', `f(): Block { return { kind: 'rows', columns: ['A'] } }`, [['A']]],
  ])('finds %s', (_, source, expected) => {
    expect(tablesOf('x.ts', source).map(({ columns }) => columns)).toEqual(expected);
  });
});
