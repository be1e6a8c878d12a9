import type { Day } from './calendar.ts';

/** Keeps the earliest so many of any number of dated things; memory does not grow with what is left out. */
export class Earliest<T extends { readonly expiresOn: Day }> {
  readonly #most: number;
  #kept: T[] = [];
  #last: Day | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Is what ends on that day too late already, and so whatever comes after it? */
  isTooLate(day: Day): boolean {
    return this.#last !== undefined && day > this.#last;
  }

  add(one: T): void {
    this.#kept.push(one);
    if (this.#kept.length < 2 * this.#most) return;
    this.#kept = [...this.all];
    this.#last = this.#kept.at(-1)?.expiresOn;
  }

  /** By date; those of one day in the order in which they came. */
  get all(): readonly T[] {
    return this.#kept.toSorted((a, b) => a.expiresOn.localeCompare(b.expiresOn)).slice(0, this.#most);
  }
}
