import { addDays, daysBetween } from '../../../src/time/calendar-day.ts';

export interface SimulatedItem {
  readonly id: number;
  expiresOn: string;
  archived: boolean;
}

export interface SimulatedDay {
  readonly today: string;
  /** What changed since the day before. */
  readonly changed: readonly SimulatedItem[];
  /** No run took place. */
  readonly outage: boolean;
}

export const firstDay = '2026-01-01';

export function newItems(random: () => number, count: number): SimulatedItem[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    expiresOn: addDays(firstDay, Math.floor(random() * 460) - 60),
    archived: false,
  }));
}

/** A year in which, day by day, items are renewed and archived, and no run takes place for 1 to 40 days now and then. */
export function* simulatedYear(
  random: () => number,
  items: readonly SimulatedItem[],
): Generator<SimulatedDay> {
  let outage = 0;
  for (let day = 0; day < 365; day += 1) {
    const today = addDays(firstDay, day);
    if (outage > 0) outage -= 1;
    else if (day > 0 && random() < 0.08) outage = 1 + Math.floor(random() * 40);
    const changed = items.filter((item) => {
      if (item.archived) return false;
      if (random() < 0.004) item.archived = true;
      else if (random() < 0.01) item.expiresOn = addDays(today, Math.floor(random() * 200));
      else return false;
      return true;
    });
    yield { today, changed, outage: outage > 0 };
  }
}

/**
 * What must be told, kept in another way than by the program: as the set of thresholds that are accounted for, of every item and every
 * end. On the first run day on which a threshold is reached it is told, once, and what is reached with it is accounted for.
 */
export class Expectation {
  readonly #accounted = new Map<string, Set<number>>();
  readonly #thresholds: readonly number[];
  #runs = 0;

  constructor(thresholds: readonly number[]) {
    this.#thresholds = thresholds;
  }

  /** `id threshold` of what a run on that day must tell. */
  onRun(today: string, items: readonly SimulatedItem[]): string[] {
    const due: string[] = [];
    for (const item of items) {
      if (item.archived) continue;
      const left = daysBetween(today, item.expiresOn);
      const key = `${item.id} ${item.expiresOn}`;
      const accounted = this.#accounted.get(key) ?? new Set();
      this.#accounted.set(key, accounted);
      const reached = this.#thresholds.filter((days) => days >= left);
      const smallest = Math.min(...reached);
      const past = left < 0 && left < Math.min(...this.#thresholds);
      const baseline = this.#runs === 0 && past;
      if (reached.length > 0 && !accounted.has(smallest) && !baseline) due.push(`${item.id} ${smallest}`);
      for (const days of reached) accounted.add(days);
    }
    this.#runs += 1;
    return due.sort();
  }
}
