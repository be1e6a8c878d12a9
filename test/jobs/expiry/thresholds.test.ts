import { describe, expect, it } from 'vitest';
import { decide, type Standing } from '../../../jobs/expiry/decide.ts';
import {
  forLife,
  forPeriod,
  fromOpsdeck,
  isPast,
  next,
  reached,
  thresholdList,
  usualThresholds,
} from '../../../jobs/expiry/thresholds.ts';
import { forUsualRenewal, usualRenewal } from '../../../jobs/expiry/usual-renewal.ts';
import { addDays, dayOf, daysBetween } from '../../../src/time/calendar-day.ts';

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
  ])('%i days left has reached %s and has %s next', (daysLeft, smallest, following) => {
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
    [398, usual],
    [200, usual],
    [120, usual],
    [100, [25, 14, 7, 1, 0, -1, -7, -30]],
    [90, [22, 14, 7, 1, 0, -1, -7, -30]],
    [47, [11, 7, 1, 0, -1, -7, -30]],
    [30, [7, 5, 1, 0, -1, -7, -30]],
    [6, [1, 0, -1, -7, -30]],
    [1, [0, -1, -7, -30]],
    [null, usual],
    [0, usual],
    [-5, usual],
    [Number.NaN, usual],
    [Number.POSITIVE_INFINITY, usual],
  ])('a certificate of %s days is alerted at %j', (life, expected) => {
    expect(forLife(usual, life)).toEqual(expected);
  });

  it.each([
    ['renews at 30 of 90 days', 30, 90, [28, 22, 14, 7, 1, 0, -1, -7, -30]],
    ['renews at 10 of 90 days: at 8', 10, 90, [8, 7, 1, 0, -1, -7, -30]],
    ['renews on the last day: seven days before', 1, 90, [7, 1, 0, -1, -7, -30]],
    ['renews at 15 of 47 days', 15, 47, [13, 11, 7, 1, 0, -1, -7, -30]],
    ['renews on the last day of 47: at a tenth', 1, 47, [4, 1, 0, -1, -7, -30]],
    ['renews at 60 of 398 days: not before the first threshold', 60, 398, usual],
    ['has no habit', null, 90, [22, 14, 7, 1, 0, -1, -7, -30]],
  ])('a certificate that %s', (_, left, life, expected) => {
    expect(forUsualRenewal(forLife(usual, life), { usual: left, life, most: 30 })).toEqual(expected);
  });

  const lives = (...starts: readonly string[]) =>
    starts.map((starts) => ({ starts, ends: addDays(starts, 90) }));
  it.each([
    ['none', lives(), null],
    ['one renewal', lives('2026-01-01', '2026-03-02'), null],
    ['two', lives('2026-01-01', '2026-03-02', '2026-05-01'), 30],
    ['the later counts', lives('2026-01-01', '2026-03-02', '2026-05-06'), 25],
    ['irregular', lives('2026-01-01', '2026-02-01', '2026-04-20'), null],
    ['after the end', lives('2026-01-01', '2026-04-03', '2026-07-04'), null],
    ['one of them recorded twice', lives('2026-01-01', '2026-03-02', '2026-03-02', '2026-05-01'), 30],
  ])('a usual renewal: %s', (_, history, expected) => {
    expect(usualRenewal(history)).toBe(expected);
  });

  it.each([
    [30, [30, 14, 7], [7]],
    [91, [30, 14, 7], [30, 14, 7]],
    [365, [180, 90, 30], [90, 30]],
    [7, [30, 14, 7], [2]],
    [7, [30, -1], [2, -1]],
    [1, [7], [0]],
  ])('what renews every %i days has of %j the thresholds %j', (period, list, expected) => {
    expect(forPeriod(list, period)).toEqual(expected);
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
      'one for a fortnight without a run, which reports what was missed',
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
      'alerted at a number of days that is no threshold',
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
