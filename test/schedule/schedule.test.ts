import { describe, expect, it } from 'vitest';
import { describeSchedule } from '../../src/schedule/describe-schedule.ts';
import { countLimit, latestDue, nextAfter, parseSchedule } from '../../src/schedule/schedule.ts';

const parse = (text: string) => parseSchedule(text, 'the job sweep');

function firings(text: string, zone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let instant: Date | null = new Date(after);
  while (found.length < count) {
    instant = nextAfter(parse(text), zone, instant);
    if (instant === null) break;
    found.push(instant.toISOString());
  }
  return found;
}

describe('a schedule that cannot be read names its bad field', () => {
  it.each([
    ['61 * * * *', "the field minute is '61'"],
    ['0 25 * * *', "the field hour is '25'"],
    ['0 0 32 * *', "the field day of month is '32'"],
    ['0 0 1 13 *', "the field month is '13'"],
    ['0 0 * * 8', "the field day of week is '8'"],
    ['*/0 * * * *', "the field minute is '*/0'"],
    ['0 9 5-2 * *', "the field day of month is '5-2'"],
    ['0 0 30 2 *', 'no such date ever comes'],
    ['* * * * * *', 'it has 6 fields instead of five'],
    ['', 'it has 1 field instead of five'],
    ['2026-01-01T00:00:00', 'it has 1 field instead of five'],
    ['@reboot', 'it is neither a known nickname nor an interval'],
    ['@every 5m', 'it is neither a known nickname nor an interval'],
    ['every 0 minutes', 'the period must be between a minute and a year'],
    ['every 5 seconds', 'it is neither a known nickname nor an interval'],
  ])('%s', (text, problem) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid_schedule', exitCode: 2 }));
    expect(() => parse(text)).toThrow(problem);
    expect(() => parse(text)).toThrow('of the job sweep');
  });
});

describe('daylight saving: a fixed time fires once a day, whatever the clocks do', () => {
  it.each([
    [
      '02:30 on the short day runs at 03:00',
      '30 2 * * *',
      'Europe/Madrid',
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      '02:30 on the long day runs once, the first time',
      '30 2 * * *',
      'Europe/Madrid',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      'a list of times is fixed times too',
      '30 2,14 * * *',
      'Europe/Madrid',
      '2026-10-24T22:00:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-25T13:30:00.000Z'],
    ],
    [
      '09:00 keeps its wall clock across the change',
      '0 9 * * *',
      'Europe/Madrid',
      '2026-03-28T00:00:00Z',
      ['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z'],
    ],
    [
      'an interval runs through the repeated hour',
      '*/30 * * * *',
      'Europe/Madrid',
      '2026-10-25T00:29:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T01:30:00.000Z'],
    ],
    [
      'New York, short day',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    [
      'a half-hour shift',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00:00Z',
      ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
    [
      'a zone without daylight saving',
      '30 2 * * *',
      'Asia/Kolkata',
      '2026-03-28T00:00:00Z',
      ['2026-03-28T21:00:00.000Z'],
    ],
    [
      'an interval of ours ignores zones',
      'every 90 minutes',
      'Europe/Madrid',
      '2026-03-29T00:00:00Z',
      ['2026-03-29T01:30:00.000Z', '2026-03-29T03:00:00.000Z'],
    ],
  ])('%s', (_, text, zone, after, expected) => {
    expect(firings(text, zone, after, expected.length)).toEqual(expected);
  });
});

describe('the newest due firing and what went by before it', () => {
  const due = (text: string, after: string, now: string) =>
    latestDue(parse(text), 'Europe/Madrid', new Date(after), new Date(now));

  it('nothing is due before the instant', () => {
    expect(due('0 9 * * 1', '2026-11-23T08:00:00Z', '2026-11-30T07:59:59.999Z')).toBeNull();
  });

  it('is due at the very instant, and not a second time', () => {
    const at = '2026-11-30T08:00:00Z';
    expect(due('0 9 * * 1', '2026-11-23T08:00:00Z', at)).toEqual({ due: new Date(at), earlier: null });
    expect(due('0 9 * * 1', at, at)).toBeNull();
  });

  it('four weeks of downtime are one due firing and three earlier ones', () => {
    expect(due('0 9 * * 1', '2026-11-02T08:00:00Z', '2026-12-01T00:00:00Z')).toEqual({
      due: new Date('2026-11-30T08:00:00Z'),
      earlier: { from: new Date('2026-11-09T08:00:00Z'), to: new Date('2026-11-23T08:00:00Z'), count: 3 },
    });
  });

  it('a year of minutes is not counted one by one', () => {
    const found = due('* * * * *', '2025-01-01T00:00:00Z', '2026-01-01T00:00:30Z');
    expect(found?.due).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(found?.earlier?.count).toBe(countLimit);
  });

  it('agrees with the forward sequence around both clock changes', () => {
    for (const text of ['30 2 * * *', '*/30 * * * *', '*/30 2 * * *', '30 2,14 * * *', 'every 90 minutes']) {
      for (const start of ['2026-03-28T06:00:00Z', '2026-10-24T06:00:00Z']) {
        const sequence = firings(text, 'Europe/Madrid', start, 100).map((instant) => new Date(instant));
        for (let minute = 0; minute < 36 * 60; minute += 37) {
          const now = new Date(new Date(start).getTime() + minute * 60_000);
          const passed = sequence.filter((instant) => instant <= now);
          const found = latestDue(parse(text), 'Europe/Madrid', new Date(start), now);
          expect(found?.due).toEqual(passed.at(-1));
          expect(found?.earlier?.count ?? 0).toBe(Math.max(0, passed.length - 1));
        }
      }
    }
  });
});

it.each([
  ['0 9 * * 1', 'Mondays at 09:00, Europe/Madrid'],
  ['@daily', 'daily at 00:00, Europe/Madrid'],
  ['30 2 * * *', 'daily at 02:30, Europe/Madrid'],
  ['0 9,17 * * 1-5', 'At 09:00 and 17:00, Monday through Friday, Europe/Madrid'],
  ['every 5 minutes', 'every 5 minutes'],
])('%s in words', (text, words) => {
  expect(describeSchedule(parse(text), 'Europe/Madrid')).toBe(words);
});
