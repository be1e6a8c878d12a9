import { describe, expect, it } from 'vitest';
import { decide, type Standing } from '../../../jobs/expiry/decide.ts';
import {
  forLife,
  fromOpsdeck,
  isPast,
  next,
  reached,
  thresholdList,
  usualThresholds,
} from '../../../jobs/expiry/thresholds.ts';
import { dayOf, daysBetween } from '../../../src/time/calendar-day.ts';

const usual = usualThresholds;

describe('thresholds', () => {
  it.each([
    [31, undefined, 30],
    [30, 30, 14],
    [29, 30, 14],
    [14, 14, 7],
    [8, 14, 7],
    [7, 7, 1],
    [1, 1, 0],
    [0, 0, -1],
    [-1, -1, -7],
    [-6, -1, -7],
    [-7, -7, -30],
    [-30, -30, undefined],
    [-400, -30, undefined],
  ])('%i days left has reached %s and comes to %s next', (daysLeft, smallest, following) => {
    expect(reached(usual, daysLeft)).toBe(smallest);
    expect(next(usual, daysLeft)).toBe(following);
  });

  it('an item is past below the last threshold, and never before its end', () => {
    expect([isPast(usual, -30), isPast(usual, -31)]).toEqual([false, true]);
    expect([isPast([30, 14, 7], 5), isPast([30, 14, 7], 0), isPast([30, 14, 7], -1)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it.each([
    [365, usual],
    [100, usual],
    [90, [30, 14, 7, 1, 0, -1, -7, -30]],
    [47, [15, 7, 1, 0, -1, -7, -30]],
    [30, [10, 5, 1, 0, -1, -7, -30]],
    [6, [2, 1, 0, -1, -7, -30]],
    [1, [0, -1, -7, -30]],
    [null, usual],
  ])('a certificate of %s days is told at %j', (life, expected) => {
    expect(forLife(usual, life)).toEqual(expected);
  });

  it.each([
    [7, '30,14,7', [30, 14, 7], []],
    [null, null, [30, 14, 7], []],
    [0, '30', [30, 7], []],
    [45, '7 , 1;0', [45, 7, 1, 0], []],
    [10, 'abc,14,-3', [14, 10], ['abc', '-3']],
    [7, 'soon', [30, 14, 7], ['soon']],
    [7, '', [30, 14, 7], []],
  ])('an event at %s days and the setting %s make %j', (offset, list, thresholds, unreadable) => {
    expect(fromOpsdeck(offset, list)).toMatchObject({ thresholds, unreadable });
  });

  it.each([[[]], [[7, 7]], [[1.5]], [['7']], [[99999]], [[-400]], [7]])('the list %j is refused', (list) => {
    expect(thresholdList.safeParse(list).success).toBe(false);
  });
});

describe('one alert', () => {
  const standing = (changes: Partial<Standing>): Standing => ({
    thresholds: usual,
    daysLeft: 30,
    sent: null,
    firstRun: false,
    daysLeftAtLastRun: null,
    hold: null,
    ...changes,
  });
  it.each([
    ['nothing before a threshold', { daysLeft: 31 }, { kind: 'quiet', why: 'not_reached' }],
    ['on the day', { daysLeft: 30 }, { kind: 'alert', threshold: 30, covered: [], missed: [] }],
    ['a day late', { daysLeft: 29 }, { kind: 'alert', threshold: 30, covered: [], missed: [] }],
    ['not twice', { daysLeft: 29, sent: 30 }, { kind: 'quiet', why: 'sent' }],
    ['the next one', { daysLeft: 14, sent: 30 }, { kind: 'alert', threshold: 14, covered: [], missed: [] }],
    [
      'one for a fortnight without a run, which says what was missed',
      { daysLeft: 6, sent: 30, daysLeftAtLastRun: 20 },
      { kind: 'alert', threshold: 7, covered: [14], missed: [14] },
    ],
    [
      'one for an item that is new and late',
      { daysLeft: 6 },
      { kind: 'alert', threshold: 7, covered: [30, 14], missed: [] },
    ],
    ['baseline at the first run', { daysLeft: -31, firstRun: true }, { kind: 'baseline', threshold: -30 }],
    [
      'inside a threshold at the first run',
      { daysLeft: -30, firstRun: true },
      { kind: 'alert', threshold: -30, covered: [30, 14, 7, 1, 0, -1, -7], missed: [] },
    ],
    [
      'late, but not at the first run',
      { daysLeft: -31, sent: -7 },
      { kind: 'alert', threshold: -30, covered: [], missed: [] },
    ],
    ['quiet after the last threshold', { daysLeft: -300, sent: -30 }, { kind: 'quiet', why: 'sent' }],
    ['snoozed', { hold: 'snoozed' as const }, { kind: 'quiet', why: 'snoozed' }],
    ['acknowledged', { hold: 'acknowledged' as const }, { kind: 'quiet', why: 'acknowledged' }],
    [
      'told at a number of days that is no threshold',
      { daysLeft: 12, sent: 10 },
      { kind: 'quiet', why: 'sent' },
    ],
  ])('%s', (_, changes, expected) => {
    expect(decide(standing(changes))).toEqual(expected);
  });
});

it.each([
  ['2026-03-28T23:30:00Z', 'Europe/Madrid', '2026-03-29'],
  ['2026-03-29T21:59:59Z', 'Europe/Madrid', '2026-03-29'],
  ['2026-10-25T22:59:59Z', 'Europe/Madrid', '2026-10-25'],
  ['2026-10-25T23:00:00Z', 'Europe/Madrid', '2026-10-26'],
  ['2026-01-01T00:30:00Z', 'America/New_York', '2025-12-31'],
])('%s is a day of %s: %s', (instant, zone, day) => {
  expect(dayOf(new Date(instant), zone)).toBe(day);
});

it('days are calendar days: a change of clocks neither adds nor takes one', () => {
  expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2);
  expect(daysBetween('2026-10-24', '2026-10-26')).toBe(2);
  expect(daysBetween('2026-11-24', '9999-12-31')).toBe(2_912_115);
});
