import { describe, expect, it } from 'vitest';
import { otherRenewalDay, periodOf, type RenewalPlan, renewalsOf } from '../../src/time/renewal.ts';

function plan(
  anchor: string,
  periodType = 'monthly',
  n: number | null = 1,
  monthlyRenewalDay: string | null = null,
): RenewalPlan {
  return { anchor, periodType, n, monthlyRenewalDay };
}

function nextFrom(of: RenewalPlan, day: string): string {
  const renewals = renewalsOf(of);
  if ('problem' in renewals) throw new Error(renewals.problem);
  return renewals.occurrence(renewals.firstFrom(day));
}

describe('the next renewal is counted from the anchor', () => {
  it.each([
    [
      'a coming anchor is the next renewal, unaltered',
      plan('2024-01-10', 'monthly', 1, 'first'),
      '2024-01-03',
      '2024-01-10',
    ],
    ['today counts as upcoming', plan('2024-01-10'), '2024-01-10', '2024-01-10'],
    ['today counts as upcoming, also later on', plan('2024-01-10'), '2024-05-10', '2024-05-10'],
    ['the day after is the next month', plan('2024-01-10'), '2024-05-11', '2024-06-10'],
    ['the 31st is clamped in a short month', plan('2024-01-31'), '2024-02-01', '2024-02-29'],
    ['the 31st comes back after a short month', plan('2024-01-31'), '2024-03-01', '2024-03-31'],
    ['a period of 8000 years', plan('2024-01-31', 'yearly', 8000), '2024-02-01', '9999-12-31'],
    ['a period beyond all time', plan('2024-01-31', 'custom', 2_147_483_647), '2024-02-01', '9999-12-31'],
    ['the 31st in April', plan('2024-01-31'), '2024-04-01', '2024-04-30'],
    ['29 February is clamped in common years', plan('2024-02-29', 'yearly'), '2024-03-01', '2025-02-28'],
    ['29 February recovers in leap years', plan('2024-02-29', 'yearly'), '2027-03-01', '2028-02-29'],
    ['every four years from a 29 February', plan('2024-02-29', 'yearly', 4), '2024-03-01', '2028-02-29'],
    ['no leap day in 2100', plan('2096-02-29', 'yearly', 4), '2096-03-01', '2100-02-28'],
    [
      'first, before this month has it',
      plan('2024-01-10', 'monthly', 1, 'first'),
      '2024-06-05',
      '2024-07-01',
    ],
    ['first, where OpsDeck skips it', plan('2024-01-10', 'monthly', 1, 'first'), '2024-07-02', '2024-08-01'],
    ['first, on the day', plan('2024-01-10', 'monthly', 1, 'first'), '2024-07-01', '2024-07-01'],
    [
      'last of a month, where OpsDeck misses it',
      plan('2024-02-29', 'monthly', 1, 'last'),
      '2024-03-30',
      '2024-03-31',
    ],
    ['last of February', plan('2024-01-31', 'monthly', 1, 'last'), '2025-02-01', '2025-02-28'],
    ['digits', plan('2024-01-10', 'monthly', 1, '15'), '2024-02-01', '2024-02-15'],
    [
      'digits beyond the month are its end',
      plan('2024-01-10', 'monthly', 1, '31'),
      '2024-04-01',
      '2024-04-30',
    ],
    [
      'a wanted day before the anchor day keeps its month',
      plan('2024-01-20', 'monthly', 1, '5'),
      '2024-01-21',
      '2024-02-05',
    ],
    ['0 is no day: the anchor day', plan('2024-01-10', 'monthly', 1, '0'), '2024-02-01', '2024-02-10'],
    [
      'a word is no day: the anchor day',
      plan('2024-01-10', 'monthly', 1, 'second'),
      '2024-02-01',
      '2024-02-10',
    ],
    [
      'words in any letter case, with blanks',
      plan('2024-01-10', ' Monthly ', 1, ' LAST '),
      '2024-02-01',
      '2024-02-29',
    ],
    [
      'a yearly plan has no monthly day',
      plan('2024-01-10', 'yearly', 1, 'first'),
      '2024-02-01',
      '2025-01-10',
    ],
    ['every quarter', plan('2024-01-31', 'monthly', 3), '2024-02-01', '2024-04-30'],
    ['every quarter, far on', plan('2024-01-31', 'monthly', 3), '2031-08-01', '2031-10-31'],
    ['custom: every 45 days', plan('2024-01-01', 'custom', 45), '2024-02-16', '2024-03-31'],
    ['custom: on the day', plan('2024-01-01', 'custom', 45), '2024-02-15', '2024-02-15'],
    ['custom: across a change of clocks', plan('2024-03-30', 'custom', 1), '2024-03-31', '2024-03-31'],
    ['n is null: 1', plan('2024-01-10', 'monthly', null), '2024-02-01', '2024-02-10'],
    ['n is null: yearly', plan('2024-01-10', 'yearly', null), '2024-02-01', '2025-01-10'],
  ])('%s', (_, of, day, expected) => {
    expect(nextFrom(of, day)).toBe(expected);
  });

  it.each([
    ['weekly, which OpsDeck takes for daily', plan('2024-01-10', 'weekly')],
    ['no word at all', plan('2024-01-10', '')],
    ['a period of 0', plan('2024-01-10', 'monthly', 0)],
    ['a period backwards', plan('2024-01-10', 'custom', -30)],
  ])('%s is a problem to be shown, not a guess', (_, of) => {
    expect(renewalsOf(of)).toHaveProperty('problem');
  });

  it('occurrences only go forward, and none is skipped, whatever the plan and the day', () => {
    for (const wanted of [null, 'first', 'last', '1', '15', '29', '31']) {
      for (const anchor of ['2023-12-31', '2024-01-30', '2024-02-29', '2024-06-01']) {
        for (const n of [1, 2, 5, 12]) {
          const renewals = renewalsOf(plan(anchor, 'monthly', n, wanted));
          if ('problem' in renewals) throw new Error(renewals.problem);
          for (let k = 1; k < 40; k += 1) {
            const occurrence = renewals.occurrence(k);
            expect(occurrence > renewals.occurrence(k - 1)).toBe(true);
            expect(renewals.firstFrom(occurrence)).toBe(k);
          }
        }
      }
    }
  });
});

it.each([
  ['annual', 1, { unit: 'months', count: 12 }],
  ['Quarterly', null, { unit: 'months', count: 3 }],
  ['every 3 months', 1, { unit: 'months', count: 3 }],
  ['every 2 years', null, { unit: 'months', count: 24 }],
  ['every week', null, { unit: 'days', count: 7 }],
  ['custom', 45, { unit: 'days', count: 45 }],
  ['weekly', 1, null],
  ['every', 1, null],
])('the period %s with %s is %j', (word, n, expected) => {
  expect(periodOf(word, n)).toEqual(expected);
});

it.each([
  [plan('2026-01-31', 'monthly', 1, 'last'), null],
  [plan('2026-02-28', 'monthly', 1, '31'), null],
  [plan('2026-01-30', 'monthly', 1, 'last'), 'last'],
  [plan('2026-01-30', 'quarterly', 1, '15'), '15'],
  [plan('2026-01-30', 'yearly', 1, '15'), null],
  [plan('2026-01-30', 'monthly', 1, null), null],
])('the renewal day that disagrees with the date of %j is %s', (of, expected) => {
  expect(otherRenewalDay(of)).toBe(expected);
});
