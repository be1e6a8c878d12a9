/**
 * Business time: due firings, days left, age of evidence. In production it is the database's time plus a monotonic
 * offset, so that every host agrees; in tests a fake. Leases and heartbeats do not use it: they use the database's own
 * `now()`.
 */
export interface Clock {
  now(): Date;
}

/** The one place that reads the process's wall clock. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock that can be put right. */
export interface SyncedClock extends Clock {
  /** It is this late now. */
  sync(now: Date): void;
}

/**
 * A clock that was right at `base` and goes on at the pace of the process's monotonic timer, whatever happens to the wall clock.
 * The monotonic timer stands still while the machine sleeps; a long-running process puts the clock right now and then.
 */
export function monotonicClock(base: Date): SyncedClock {
  let right = base.getTime();
  let since = performance.now();
  return {
    now: () => new Date(right + (performance.now() - since)),
    sync: (now) => {
      right = now.getTime();
      since = performance.now();
    },
  };
}
