import type { Clock } from '../../src/time/clock.ts';

/** Business time that stands still until a test moves it. */
export interface FakeClock extends Clock {
  set(instant: string): void;
  advance(milliseconds: number): void;
}

export function fakeClock(start: string): FakeClock {
  let now = new Date(start);
  return {
    now: () => now,
    set: (instant) => {
      now = new Date(instant);
    },
    advance: (milliseconds) => {
      now = new Date(now.getTime() + milliseconds);
    },
  };
}
