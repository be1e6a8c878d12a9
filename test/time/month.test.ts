import { expect, it } from 'vitest';
import { addMonths, lastDay, readMonth, weeksOf } from '../../src/time/month.ts';

it.each([
  ['2026-12', 5, '2026-11-30', '2026-12-31'],
  ['2027-02', 4, '2027-02-01', '2027-02-28'],
  ['2028-02', 5, '2028-01-31', '2028-02-29'],
  ['2026-08', 6, '2026-07-27', '2026-08-31'],
  ['2026-11', 6, '2026-10-26', '2026-11-30'],
])('%s has %i weeks from %s, and ends on %s', (month, weeks, monday, last) => {
  const days = weeksOf(month);
  expect([days.length, days[0]?.[0], lastDay(month)]).toEqual([weeks, monday, last]);
  expect(days.flat().filter((day) => day.startsWith(month)).length).toBe(Number(last.slice(8)));
});

it.each([
  ['2026-12', 1, '2027-01'],
  ['2027-01', -1, '2026-12'],
  ['2200-01', -1, '2199-12'],
])('%s and %i: %s', (month, months, then) => {
  expect(addMonths(month, months)).toBe(then);
});

it.each([
  ['1900-01', true],
  ['2199-12', true],
  ['1899-12', false],
  ['2026-00', false],
  ['2026-13', false],
  ['2026-12\n', false],
  ['', false],
])('%j as a month: %s', (text, allowed) => {
  expect(readMonth(text) !== undefined).toBe(allowed);
});
