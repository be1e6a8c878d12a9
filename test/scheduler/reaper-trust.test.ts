import { describe, expect, it } from 'vitest';
import { ReaperTrust } from '../../src/scheduler/reaper-trust.ts';

const noon = Date.parse('2026-11-24T12:00:00Z');

/** Looks as [seconds of the process, seconds of the database after noon]. */
function seen(...looks: readonly (readonly [number, number])[]): ReaperTrust {
  const trust = new ReaperTrust();
  for (const [process, database] of looks) {
    trust.observe(new Date(noon + database * 1000), process * 1000);
  }
  return trust;
}

describe('who may judge a run dead', () => {
  it.each([
    ['one that has just started', [[0, 0]], 0],
    [
      'one that looks every ten seconds',
      [
        [0, 0],
        [10, 10],
        [20, 20],
      ],
      20,
    ],
    [
      'one that was delayed for less than half a minute',
      [
        [0, 0],
        [29, 29],
      ],
      29,
    ],
    [
      'one that was cut off, a minute after it is back',
      [
        [0, 0],
        [300, 300],
        [310, 310],
        [330, 330],
        [350, 350],
      ],
      360,
    ],
  ] as const)('%s may', (_, looks, second) => {
    expect(seen(...looks).mayReap(second * 1000)).toBe(true);
  });

  it.each([
    [
      'one that was cut off',
      [
        [0, 0],
        [31, 31],
      ],
      31,
    ],
    [
      'one that was cut off, while others renew their leases again',
      [
        [0, 0],
        [300, 300],
        [310, 310],
      ],
      359,
    ],
    [
      'one whose machine slept: its own timer stood still',
      [
        [0, 0],
        [10, 3600],
      ],
      10,
    ],
    [
      'one that saw the clock of the database jump ahead',
      [
        [0, 0],
        [10, 41],
      ],
      69,
    ],
    [
      'one that saw it set back',
      [
        [0, 0],
        [10, -3590],
      ],
      10,
    ],
  ] as const)('%s may not', (_, looks, second) => {
    expect(seen(...looks).mayReap(second * 1000)).toBe(false);
  });
});
