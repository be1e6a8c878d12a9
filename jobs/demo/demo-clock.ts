import { type Clock, monotonicClock } from '../../src/time/clock.ts';

/** A clock that can be set, and goes on from there at the pace of the process. */
export class DemoClock implements Clock {
  #clock: Clock;

  constructor(start: Date) {
    this.#clock = monotonicClock(start);
  }

  now(): Date {
    return this.#clock.now();
  }

  set(instant: Date): void {
    this.#clock = monotonicClock(instant);
  }
}
