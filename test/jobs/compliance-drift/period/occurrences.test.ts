import { describe, expect, it } from 'vitest';
import { recordedDays } from '../../../../jobs/compliance-drift/period/days.ts';
import { dueAfter, limitsOf } from '../../../../jobs/compliance-drift/period/limits.ts';
import { occurrencesOf } from '../../../../jobs/compliance-drift/period/occurrences.ts';

const every = (frequencyDays: number, from = '0001-01-01', enabled = true) => ({
  from,
  enabled,
  frequencyDays,
});

const base = {
  first: '2026-01-01',
  last: '2026-03-31',
  today: '2026-12-01',
  before: null,
  limits: [every(30)],
  excused: (_: string) => false,
};

const tested = (
  period: Omit<Partial<typeof base>, 'before'> & { before?: string; since?: string },
  ...days: string[]
) =>
  occurrencesOf({ ...base, ...period, evidence: days.map((day) => ({ day })) }).map((one) =>
    [one.due, one.outcome, one.evidence?.day ?? '-', ...(one.daysLate > 0 ? [one.daysLate] : [])].join(' '),
  );

describe('the occurrences that a rule expects', () => {
  it.each<[string, Parameters<typeof tested>[0], string[], string[]]>([
    [
      'none before: due on the first day, then every 30',
      {},
      [],
      ['2026-01-01 missing -', '2026-01-31 missing -', '2026-03-02 missing -'],
    ],
    [
      'on the last day of the limit',
      { before: '2025-12-10' },
      ['2026-01-09', '2026-02-08', '2026-03-10'],
      ['2026-01-09 on_time 2026-01-09', '2026-02-08 on_time 2026-02-08', '2026-03-10 on_time 2026-03-10'],
    ],
    [
      'a day late',
      { before: '2025-12-10' },
      ['2026-01-10', '2026-02-09', '2026-03-11'],
      ['2026-01-09 late 2026-01-10 1', '2026-02-09 on_time 2026-02-09', '2026-03-11 on_time 2026-03-11'],
    ],
    [
      'on the day on which the next is due: the one before is missing',
      { before: '2025-12-10', last: '2026-02-10' },
      ['2026-02-08'],
      ['2026-01-09 missing -', '2026-02-08 on_time 2026-02-08'],
    ],
    [
      'weekly for a limit of 30 days',
      { before: '2025-12-25', last: '2026-02-01' },
      ['2026-01-01', '2026-01-08', '2026-01-22', '2026-02-01'],
      [
        '2026-01-24 additional 2026-01-01',
        '2026-01-24 additional 2026-01-08',
        '2026-01-24 on_time 2026-01-22',
        '2026-02-21 early 2026-02-01',
      ],
    ],
    [
      'on the last day of the period',
      { before: '2025-12-31', limits: [every(90)] },
      ['2026-03-31'],
      ['2026-03-31 on_time 2026-03-31'],
    ],
    [
      'due on the last day, not performed',
      { before: '2025-12-31', limits: [every(90)] },
      [],
      ['2026-03-31 missing -'],
    ],
    [
      'due today: it can still be done',
      { before: '2025-12-31', limits: [every(90)], today: '2026-03-31' },
      [],
      [],
    ],
    [
      'two on a day',
      { before: '2025-12-10', last: '2026-01-31' },
      ['2026-01-09', '2026-01-09'],
      ['2026-01-09 additional 2026-01-09', '2026-01-09 on_time 2026-01-09'],
    ],
    [
      'overdue for long when the period begins',
      { before: '2024-01-01', last: '2026-01-15' },
      ['2026-01-05'],
      ['2025-12-21 late 2026-01-05 15'],
    ],
    [
      'a leap day',
      { first: '2028-02-01', last: '2028-03-31', before: '2028-01-30', today: '2029-01-01' },
      ['2028-02-29', '2028-03-30'],
      ['2028-02-29 on_time 2028-02-29', '2028-03-30 on_time 2028-03-30'],
    ],
    [
      'not applicable until March',
      { excused: (day: string) => day < '2026-03-01' },
      ['2026-03-02'],
      ['2026-03-01 late 2026-03-02 1'],
    ],
    [
      'a limit of 0 days',
      { limits: [every(0)], before: '2025-12-31', last: '2026-01-03' },
      ['2026-01-01', '2026-01-03'],
      ['2026-01-01 on_time 2026-01-01', '2026-01-02 missing -', '2026-01-03 on_time 2026-01-03'],
    ],
    [
      'a limit that was 90 days until 10 February',
      { before: '2025-12-31', limits: [every(90), every(30, '2026-02-10')], last: '2026-02-28' },
      ['2026-02-20'],
      ['2026-02-09 late 2026-02-20 11'],
    ],
    [
      'overdue before the rule was there: due on its first day',
      { before: '2025-11-01', first: '2026-03-01', since: '2026-03-01' },
      ['2026-03-02'],
      ['2026-03-01 late 2026-03-02 1'],
    ],
    ['switched off for good', { excused: () => true }, [], []],
  ])('%s', (_, period, days, expected) => {
    expect(tested(period, ...days)).toEqual(expected);
  });
});

it('keeps a limit until something recorded another one, and knows whether the day was recorded', () => {
  const limit = (frequencyDays: number) => ({ enabled: true, frequencyDays });
  const { segments, changes } = limitsOf([
    { on: '2026-06-30', limit: limit(10) },
    { on: '2025-12-31', limit: limit(90) },
    { on: '2026-02-10', limit: limit(30), before: limit(90) },
  ]);
  expect(segments.map(({ from, frequencyDays }) => `${from} ${frequencyDays}`)).toEqual([
    '0001-01-01 90',
    '2026-02-10 30',
    '2026-06-30 10',
  ]);
  expect(changes.map(({ after_day }) => after_day)).toEqual([null, '2026-02-10']);
  expect(dueAfter('2026-02-01', segments)).toBe('2026-03-03');
  expect(dueAfter('2025-11-01', segments)).toBe('2026-01-30');
});

it('never counts a day without a snapshot, in the hour that a change of clocks repeats either', () => {
  const { days, without, withoutDays, statusOn } = recordedDays(
    { first: '2026-10-23', last: '2026-10-27', today: '2026-10-27', zone: 'Europe/Madrid' },
    [
      { id: 1, takenAt: new Date('2026-10-23T21:59:00Z') },
      { id: 2, takenAt: new Date('2026-10-25T01:30:00Z') },
      { id: 3, takenAt: new Date('2026-10-25T22:59:00Z') },
    ],
    'compliant',
    new Map([[3, 'warning']]),
  );
  expect([...days]).toEqual([
    ['compliant', 1],
    ['warning', 1],
  ]);
  expect(without.map(({ from, to }) => `${from}..${to}`)).toEqual([
    '2026-10-24..2026-10-24',
    '2026-10-26..2026-10-26',
  ]);
  expect([withoutDays, statusOn('2026-10-24'), statusOn('2026-10-27')]).toEqual([2, 'compliant', 'warning']);
});
