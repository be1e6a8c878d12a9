import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps messages to one place apart. */
export interface Pace {
  /**
   * Waits until a message may be sent to `key` and takes that turn. Answers how long it would have to wait if that is too
   * long, in milliseconds, and takes no turn; otherwise 0. Rejects when the signal ends the wait.
   */
  turn(key: string, signal?: AbortSignal): Promise<number>;
  /** Nothing is sent to `key` for so long: its owner said so. */
  hold(key: string, ms: number): void;
}

export interface Pacing {
  /** Between two messages to the same key; 0: only what `hold` says. */
  readonly intervalMs: number;
  /** Longer waits are not waited for: the message goes back to the queue. */
  readonly longestWaitMs: number;
}

export interface Time {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const processTime: Time = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

const forgetAt = 1000;

export function createPace(
  { intervalMs, longestWaitMs }: Pacing,
  { now, sleep: wait }: Time = processTime,
): Pace {
  /** When the next message to a key may be sent. */
  const next = new Map<string, number>();

  function forgetPast(): void {
    const present = now();
    for (const [key, at] of next) if (at <= present) next.delete(key);
  }

  return {
    async turn(key, signal) {
      const present = now();
      const at = Math.max(next.get(key) ?? 0, present);
      if (at - present > longestWaitMs) return at - present;
      // The turn is taken before the wait: whoever comes meanwhile is behind.
      if (intervalMs > 0) next.set(key, at + intervalMs);
      if (next.size > forgetAt) forgetPast();
      if (at > present) await wait(at - present, signal);
      return 0;
    },
    hold(key, ms) {
      next.set(key, Math.max(next.get(key) ?? 0, now() + ms));
    },
  };
}
