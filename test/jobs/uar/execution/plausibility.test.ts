import { describe, expect, it } from 'vitest';
import { comparisonSettings } from '../../../../jobs/uar/compare/settings.ts';
import {
  changedSources,
  staleSources,
  tooMuchAppeared,
} from '../../../../jobs/uar/execution/plausibility.ts';
import type { PreviousExecution } from '../../../../jobs/uar/execution/previous.sql.ts';
import type { LoadedSource } from '../../../../src/sources/source.ts';

const now = new Date('2026-11-24T07:00:00Z');
const settings = comparisonSettings.parse({});

function source(rows: number, changes: Partial<LoadedSource> = {}): LoadedSource {
  return {
    columns: ['email', 'role'],
    rows,
    sha256: '',
    extractedAt: now,
    asOf: null,
    warnings: [],
    ...changes,
  };
}

function lastTime(
  rows: number | null,
  columns: readonly string[] | null = ['role', 'email'],
): PreviousExecution {
  return { id: 7, a: { rows, columns }, b: { rows: 100, columns: null } };
}

describe('a source that differs from last time', () => {
  it.each([
    ['nothing to compare with', source(1), null, []],
    ['empty at the first execution', source(0), null, ['Source A is empty at the first execution.']],
    ['the same, its columns in another order', source(100), lastTime(100), []],
    ['half of it', source(50), lastTime(100), []],
    [
      'less than half',
      source(49),
      lastTime(100),
      ['Source A has 49 rows, and had 100 last time: more than 50 % fewer.'],
    ],
    [
      'empty, with no columns either',
      source(0, { columns: [] }),
      lastTime(1),
      ['Source A is empty, and had 1 row last time.'],
    ],
    ['empty as it was', source(0), lastTime(0), []],
    ['grown', source(1000), lastTime(1), []],
    [
      'other columns',
      source(100, { columns: ['email', 'title'] }),
      lastTime(100),
      ["Source A has other columns than last time: without 'role', with 'title'."],
    ],
    ['columns that were not recorded', source(100, { columns: ['email', 'title'] }), lastTime(100, null), []],
    ['rows that were not recorded', source(1), lastTime(null), []],
  ])('%s', (_, a, previous, problems) => {
    expect(changedSources({ a, b: source(100) }, previous, settings)).toEqual(problems);
  });

  it('may shrink by as much as its comparison allows', () => {
    expect(
      changedSources({ a: source(1), b: source(100) }, lastTime(100), {
        ...settings,
        max_shrink_percent: 99,
      }),
    ).toEqual([]);
    expect(
      changedSources({ a: source(99), b: source(100) }, lastTime(100), {
        ...settings,
        max_shrink_percent: 0,
      }),
    ).toHaveLength(1);
  });
});

it('data are too old by the time that they were made, and where that is unknown', () => {
  const limits = { ...settings, max_age: { a: '2d' } };
  const made = (instant: string) =>
    staleSources({ a: source(1, { asOf: new Date(instant) }), b: source(1) }, limits, now);
  expect(made('2026-11-22T07:00:00Z')).toEqual([]);
  expect(made('2026-11-22T06:00:00Z')).toEqual(['The data of source A are 2d 1h old; max_age is 2d.']);
  expect(staleSources({ a: source(1), b: source(1) }, limits, now)).toHaveLength(1);
  expect(staleSources({ a: source(1), b: source(1) }, settings, now)).toEqual([]);
});

it('as many new findings as 50, or as 30 % of the larger side, are believed; and all of the first execution', () => {
  expect(tooMuchAppeared(50, 10, lastTime(10), settings)).toBeNull();
  expect(tooMuchAppeared(51, 10, lastTime(10), settings)).toContain('51 findings are new, more than the 50');
  expect(tooMuchAppeared(300, 1000, lastTime(10), settings)).toBeNull();
  expect(tooMuchAppeared(301, 1000, lastTime(10), settings)).toContain('more than the 300');
  expect(tooMuchAppeared(100_000, 10, null, settings)).toBeNull();
});
