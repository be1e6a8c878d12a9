import { expect, it } from 'vitest';
import { z } from 'zod';
import { optionalDate, optionalInteger, requiredText } from '../../src/import/cells.ts';
import { column, defineCsvKind } from '../../src/import/csv-kind.ts';

const nothing = {
  problems: async () => ({ first: [], count: 0 }),
  write: async () => ({ added: 0, changed: 0 }),
};

it('the header, the check of a row and the staging table follow from the columns', () => {
  const cells = z.object({
    name: column('text', requiredText(10), 'which one it is'),
    ends_on: column('date', optionalDate, 'YYYY-MM-DD'),
    begins_on: column('date', optionalDate, 'the day before', true),
    every: column('integer', optionalInteger(1, 9), 'days'),
  });
  const kind = defineCsvKind({
    name: 'things',
    cells: () => cells,
    computed: { named: 'boolean' },
    row: (columns) => columns.transform((one) => ({ ...one, named: one.name !== 'none' })),
    ...nothing,
  });
  expect(kind.columns).toMatchObject([
    { name: 'name', required: true, about: 'which one it is' },
    // Cells alike are columns of their own.
    { name: 'ends_on', required: false, about: 'YYYY-MM-DD' },
    { name: 'begins_on', required: true, about: 'the day before' },
    { name: 'every', required: false, about: 'days' },
  ]);
  expect(Object.entries(kind.staged)).toEqual([
    ['name', 'text'],
    ['ends_on', 'date'],
    ['begins_on', 'date'],
    ['every', 'integer'],
    ['named', 'boolean'],
  ]);
  const row = kind.row({ zone: 'UTC' });
  expect(row.parse({ name: 'a', begins_on: '2026-01-31', every: '3' })).toEqual({
    name: 'a',
    ends_on: null,
    begins_on: '2026-01-31',
    every: 3,
    named: true,
  });
  expect(row.safeParse({ name: '', begins_on: '2026-02-30' }).error?.issues.map(({ path }) => path)).toEqual([
    ['name'],
    ['begins_on'],
  ]);
});

it('a cell that is no declared column is refused', () => {
  const cells = z.object({ name: requiredText(10) });
  expect(() =>
    defineCsvKind({ name: 'things', cells: () => cells, row: (columns) => columns, ...nothing }),
  ).toThrow('column name of things is not declared');
});
