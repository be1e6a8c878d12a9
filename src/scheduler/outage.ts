import type { Logger } from 'pino';
import { systemClock } from '../time/clock.ts';

const tellEveryMs = 60_000;
const firstPauseMs = 1000;
const longestPauseMs = 30_000;

/** What is known of the database: one log record when that changes, and one a minute while it is away. */
export class Outage {
  readonly #logger: Logger;
  readonly #label: string;
  #since: Date = systemClock.now();
  #error: string | null = null;
  #failures = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger, label: string) {
    this.#logger = logger;
    this.#label = label;
  }

  /** The sentence of the last failure; null: the database answers. */
  get error(): string | null {
    return this.#error;
  }

  /** When it began to be as it is. */
  get since(): Date {
    return this.#since;
  }

  /** @returns how long to wait before the next attempt, in milliseconds, longer each time. */
  failed(error: Error, random: () => number): number {
    if (this.#error === null) this.#since = systemClock.now();
    this.#error = error.message;
    if (performance.now() - this.#toldAt >= tellEveryMs) {
      this.#toldAt = performance.now();
      this.#logger.error(
        {
          'event.action': 'database.away',
          'event.outcome': 'failure',
          err: error,
          'labels.failures': this.#failures + 1,
        },
        `the schedules wait for the database: ${error.message}`,
      );
    }
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures);
    this.#failures += 1;
    // Many daemons must not come back at the same instant.
    return pause * (0.5 + random() / 2);
  }

  over(): void {
    if (this.#error === null) return;
    const seconds = Math.round((systemClock.now().getTime() - this.#since.getTime()) / 1000);
    this.#error = null;
    this.#since = systemClock.now();
    this.#failures = 0;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    this.#logger.info(
      { 'event.action': 'database.back', 'event.outcome': 'success' },
      `${this.#label} answers again after ${seconds} s; what was due meanwhile is decided now`,
    );
  }
}
