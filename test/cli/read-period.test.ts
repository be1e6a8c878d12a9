import { describe, expect, it } from 'vitest';
import { readPeriod } from '../../src/cli/runs/read-period.ts';

const period = (options: { days?: string; from?: string; to?: string }, now: string, zone: string) =>
  readPeriod({ days: '30', ...options })(new Date(now), zone);

describe('the last days', () => {
  it.each([
    ['2026-11-23T08:05:00Z', 7, 'Europe/Madrid', '2026-11-15T23:00:00.000Z'],
    ['2026-11-23T08:05:00Z', 7, 'UTC', '2026-11-16T00:00:00.000Z'],
    ['2026-11-23T23:30:00Z', 1, 'Europe/Madrid', '2026-11-22T23:00:00.000Z'],
    // Into summer time: the day begins an hour earlier in UTC.
    ['2026-11-23T08:05:00Z', 30, 'Europe/Madrid', '2026-10-23T22:00:00.000Z'],
    ['2026-11-23T08:05:00Z', 3650, 'America/New_York', '2016-11-25T05:00:00.000Z'],
  ])('%s less %i days in %s is %s', (now, days, zone, expected) => {
    const { from, to } = period({ days: String(days) }, now, zone);
    expect(from.toISOString()).toBe(expected);
    expect(to).toEqual(new Date(now));
  });
});

describe('--from and --to are both included', () => {
  it.each([
    ['one day', '2026-11-23', '2026-11-23', '2026-11-22T23:00:00.000Z', '2026-11-23T22:59:59.999Z', 1],
    // The clocks change on the 25th: the month has an hour more.
    ['a month', '2026-10-01', '2026-10-31', '2026-09-30T22:00:00.000Z', '2026-10-31T22:59:59.999Z', 31],
    ['through today', '2026-11-30', undefined, '2026-11-29T23:00:00.000Z', '2026-12-01T22:59:59.999Z', 2],
  ] as const)('%s', (_, first, last, from, to, days) => {
    const options = last === undefined ? { from: first } : { from: first, to: last };
    const read = period(options, '2026-12-01T12:00:00Z', 'Europe/Madrid');
    expect(read).toEqual({
      from: new Date(from),
      to: new Date(to),
      days,
      words: `${first} to ${last ?? '2026-12-01'}`,
    });
  });

  it.each([
    [{ to: '2026-11-30' }, '--to needs --from.'],
    [{ from: '2026-11-31' }, "--from '2026-11-31' is not a date."],
    [{ from: '2026-11-30', to: '2026-11-29' }, 'The period from 2026-11-30 to 2026-11-29 has no day.'],
    [{ from: '2026-12-02' }, 'The period from 2026-12-02 to 2026-12-01 has no day.'],
  ])('%j is refused', (options, message) => {
    expect(() => period(options, '2026-12-01T12:00:00Z', 'Europe/Madrid')).toThrow(
      expect.objectContaining({ code: 'usage', exitCode: 2, message }),
    );
  });
});
