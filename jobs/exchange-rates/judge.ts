import { Decimal } from '../../src/text/decimal.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { DayRates } from './check-rates.ts';

/** A rate that is stored as published: a new one, or the next version of one that was corrected. */
export interface TakenRate {
  readonly date: Day;
  readonly quote: string;
  readonly rate: string;
  readonly version: number;
}

/** A rate that an operator decides about. */
export interface HeldRate {
  readonly date: Day;
  readonly quote: string;
  readonly rate: string;
  /** The last one that was taken before it. */
  readonly comparedRate: string;
  readonly comparedDate: Day;
}

/** What was held of that day and currency, and nobody need decide about any more: another rate is in force. */
export interface SettledRate {
  readonly date: Day;
  readonly quote: string;
}

export interface KnownRate {
  readonly rate: string;
  readonly date: Day;
}

/** What is stored about one day, by currency. */
export interface KnownDay {
  readonly taken: ReadonlyMap<string, { readonly rate: string; readonly version: number }>;
  /** Rates that were held before, and what was decided. */
  readonly held: ReadonlyMap<string, HeldBefore>;
}

/** More than this share in one step from the last rate that was taken is no move of a market that is believed unseen. */
const greatestMove = new Decimal('0.1');

/** |rate − before| / before, of the digits as published. */
export function moveOf(before: string, rate: string): Decimal {
  return new Decimal(rate).minus(before).abs().div(before);
}

/**
 * Decides day by day, oldest first, which rates are taken. The reference of a currency is the last rate taken before, so that a
 * level that was reached by a held jump stays held until somebody accepts it, and a rate that comes back is taken.
 */
export class RateJudge {
  readonly #references: Map<string, KnownRate>;
  #taken: TakenRate[] = [];
  #held: HeldRate[] = [];
  #settled: SettledRate[] = [];

  /** `references`: the last rates taken before the first day, by currency. */
  constructor(references: ReadonlyMap<string, KnownRate>) {
    this.#references = new Map(references);
  }

  /** The currencies of which a rate has been taken, with the last one. */
  get references(): ReadonlyMap<string, KnownRate> {
    return this.#references;
  }

  /** What was decided since the last call. */
  take(): {
    readonly taken: readonly TakenRate[];
    readonly held: readonly HeldRate[];
    readonly settled: readonly SettledRate[];
  } {
    const decided = { taken: this.#taken, held: this.#held, settled: this.#settled };
    this.#taken = [];
    this.#held = [];
    this.#settled = [];
    return decided;
  }

  /** Days between the published ones that are stored already count, too: give them with no rates. */
  judge({ date, rates }: DayRates, known: KnownDay): void {
    for (const [quote, rate] of rates) this.#judgeRate(date, quote, rate, known);
    for (const [quote, { rate }] of known.taken) {
      if (!rates.has(quote)) this.#references.set(quote, { rate, date });
    }
  }

  #judgeRate(date: Day, quote: string, rate: string, known: KnownDay): void {
    const stored = known.taken.get(quote);
    const heldBefore = known.held.get(quote) ?? [];
    const isStored = stored !== undefined && new Decimal(stored.rate).eq(rate);
    if (!isStored && this.#isJump(quote, rate) && !wasAccepted(heldBefore, rate)) {
      this.#hold(date, quote, rate, heldBefore);
      if (stored !== undefined) this.#references.set(quote, { rate: stored.rate, date });
      return;
    }
    if (!isStored) this.#taken.push({ date, quote, rate, version: (stored?.version ?? 0) + 1 });
    if (heldBefore.some(({ state }) => state === 'held')) this.#settled.push({ date, quote });
    this.#references.set(quote, { rate, date });
  }

  #isJump(quote: string, rate: string): boolean {
    const before = this.#references.get(quote);
    return before !== undefined && moveOf(before.rate, rate).gt(greatestMove);
  }

  /** Unless it waits, or was rejected, already. */
  #hold(date: Day, quote: string, rate: string, heldBefore: HeldBefore): void {
    const before = this.#references.get(quote);
    const isKnown = heldBefore.some((one) => one.state !== 'superseded' && new Decimal(one.rate).eq(rate));
    if (before === undefined || isKnown) return;
    this.#held.push({ date, quote, rate, comparedRate: before.rate, comparedDate: before.date });
  }
}

type HeldBefore = readonly { readonly rate: string; readonly state: string }[];

function wasAccepted(heldBefore: HeldBefore, rate: string): boolean {
  return heldBefore.some((one) => one.state === 'accepted' && new Decimal(one.rate).eq(rate));
}
