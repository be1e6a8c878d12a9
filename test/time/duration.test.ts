import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { formatDuration, inSeconds, parseDuration, readDuration } from '../../src/time/duration.ts';

describe('readDuration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    [' 0s ', 0],
  ])('%j is %i ms', (text, milliseconds) => {
    expect(readDuration(text)).toBe(milliseconds);
  });

  it.each(['', '10', 'm', '10 m', '-5s', '10M', '1e3s', '5min', '99999999999999999w'])(
    '%j is none',
    (text) => {
      expect(readDuration(text)).toBeUndefined();
    },
  );
});

describe('parseDuration', () => {
  it('names what was being read, and what is allowed', () => {
    expect(() => parseDuration('soon', 'value of --timeout')).toThrow(OperatorError);
    try {
      parseDuration('soon', 'value of --timeout');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'invalid_duration',
        exitCode: 2,
        message: "The value of --timeout 'soon' is not a duration.",
        next: expect.stringContaining('30s'),
      });
    }
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [850, '850ms'],
    [999.6, '1s'],
    [12_345, '12.3s'],
    [59_949, '59.9s'],
    [59_960, '1m'],
    [80_000, '1m 20s'],
    [3_600_000, '1h'],
    [7_500_000, '2h 5m'],
    [273_600_000, '3d 4h'],
    [-5, '0ms'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

it.each([
  [1, '0.001 s'],
  [500, '0.5 s'],
  [1500, '1.5 s'],
  [60_000, '60 s'],
  [1_800_000, '1800 s'],
])('%i ms in seconds is %s', (milliseconds, text) => {
  expect(inSeconds(milliseconds)).toBe(text);
});
