import { describe, expect, it } from 'vitest';
import { readFutureInstant, readPastInstant } from '../../src/time/read-instant.ts';

const now = new Date('2026-03-01T12:00:00Z');
const read = (text: string, zone = 'Europe/Madrid') =>
  readFutureInstant(text, '--until', zone, now).toISOString();

describe('when, on the command line', () => {
  it.each([
    ['2d', '2026-03-03T12:00:00.000Z'],
    ['1h30m', '2026-03-01T13:30:00.000Z'],
    ['2026-03-10', '2026-03-10T23:00:00.000Z'],
    ['2026-07-10', '2026-07-10T22:00:00.000Z'],
    // Today, and the short day.
    ['2026-03-01', '2026-03-01T23:00:00.000Z'],
    ['2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['2026-03-10T18:00', '2026-03-10T17:00:00.000Z'],
    ['2026-03-10 18:00:30', '2026-03-10T17:00:30.000Z'],
    ['2026-03-10T18:00:00Z', '2026-03-10T18:00:00.000Z'],
    ['2026-03-10T18:00+0530', '2026-03-10T12:30:00.000Z'],
    ['2026-10-25T01:59', '2026-10-24T23:59:00.000Z'],
    ['2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
  ])('%s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it('a date lasts until the next one begins, also where clocks skip that midnight', () => {
    expect(read('2026-09-05', 'America/Santiago')).toBe('2026-09-06T04:00:00.000Z');
  });

  it.each([
    ['a local time that comes twice', '2026-10-25T02:30', 'comes twice in Europe/Madrid'],
    ['a local time that never comes', '2026-03-29T02:30', 'does not exist in Europe/Madrid'],
    ['a date that is none', '2026-02-30', 'is not a date of the calendar'],
    ['a time that is none', '2026-03-10T25:00', 'is not a date of the calendar'],
    ['the past', '2026-03-01T11:59:59Z', 'is not in the future'],
    ['no time at all', 'tomorrow', 'is not a time'],
    ['no wait', '0s', 'is not in the future'],
  ])('%s is refused', (_, text, problem) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'invalid_time', exitCode: 2 }));
    expect(() => read(text)).toThrow(problem);
  });
});

describe('since when, on the command line', () => {
  it.each([
    ['2d', '2026-02-27T12:00:00.000Z'],
    ['2026-02-27', '2026-02-26T23:00:00.000Z'],
    ['2026-02-27T18:00', '2026-02-27T17:00:00.000Z'],
  ])('%s', (text, instant) => {
    expect(readPastInstant(text, '--since', 'Europe/Madrid', now).toISOString()).toBe(instant);
  });

  it('a text that is no time is refused', () => {
    expect(() => readPastInstant('lately', '--since', 'Europe/Madrid', now)).toThrow(
      expect.objectContaining({ code: 'invalid_time', message: "--since 'lately' is not a time." }),
    );
  });
});
