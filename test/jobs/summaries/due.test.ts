import { expect, it } from 'vitest';
import { monthlyOccasion, weeklyOccasion } from '../../../jobs/summaries/due.ts';
import { weekBefore } from '../../../jobs/summaries/week.ts';

it.each([
  ['2026-12-01', '2026-11', '2026-12-01', 'a Tuesday'],
  ['2026-08-01', '2026-07', '2026-08-03', 'a Saturday'],
  ['2026-08-31', '2026-07', '2026-08-03', 'a Saturday, at the end of the month'],
  ['2026-11-01', '2026-10', '2026-11-02', 'a Sunday'],
  ['2027-01-01', '2026-12', '2027-01-01', 'a Friday'],
])('on %s the overview of %s is due since or from %s: the month begins on %s', (today, about, dueOn) => {
  expect(monthlyOccasion(today)).toEqual({ about, dueOn, key: `MONTHLY_OVERVIEW:${about}` });
});

it.each([
  ['2026-10-25', '2026-10-19'],
  ['2026-10-26', '2026-10-26'],
  ['2026-11-01', '2026-10-26'],
  ['2027-01-01', '2026-12-28'],
])('%s is in the week of Monday %s', (today, monday) => {
  expect(weeklyOccasion(today)).toEqual({
    ...{ about: monday, dueOn: monday, key: `WEEKLY_SUMMARY:${monday}` },
  });
});

it('a week ends where the next one begins, also when the clocks change on its Sunday', () => {
  const { present, before } = weekBefore('2026-10-26', 'Europe/Madrid');
  expect([before.from, present.from, present.to].map((one) => one.toISOString())).toEqual([
    '2026-10-11T22:00:00.000Z',
    '2026-10-18T22:00:00.000Z',
    '2026-10-25T22:59:59.999Z',
  ]);
  expect(present.words).toBe('2026-10-19 to 2026-10-25');
});
