import { Decimal } from '../../src/text/decimal.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { businessDaysBetween } from './business-days.ts';
import type { DayRates } from './check-rates.ts';
import { isCurrency } from './currencies.ts';

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
  /** The last one that was taken before it; null: the code of the currency is unknown, and none was. */
  readonly comparedRate: string | null;
  readonly comparedDate: Day | null;
}

/** What was held of that day and currency, and nobody need decide about any more: it, or another rate, is in force. */
export interface SettledRate {
  readonly date: Day;
  readonly quote: string;
}

/** A rate that was taken although nothing was published for so long that there is nothing to compare it with. */
export type RateGap = HeldRate;

/** A rate that waits for a decision since an earlier run. */
export interface WaitingBefore {
  readonly date: Day;
  readonly quote: string;
  readonly rate: string;
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

/** More than this share from one business day to the next is no move of a market that is believed unseen. */
const dailyMove = new Decimal('0.1');

/** In business days: across more than these, two rates have nothing to do with each other. */
const comparableDays = 10;

/** So many days, the first with it, make a level: an error of the provider's does not last as long. */
const daysOfLevel = 4;

/** |rate − before| / before, of the digits as published. */
export function moveOf(before: string, rate: string): Decimal {
  return new Decimal(rate).minus(before).abs().div(before);
}

/** The move that is believed: 10 % between neighbouring business days, and as much more for each that lies between. */
function isJump(before: string, rate: string, lastPublished: Day, date: Day): boolean {
  const days = Math.max(1, businessDaysBetween(lastPublished, date));
  return days <= comparableDays && moveOf(before, rate).gt(dailyMove.times(days));
}

/** Some jumped rates of one currency, each published after the other and close to it. */
type Level = readonly PendingRate[];

interface PendingRate extends HeldRate {
  /** The version that it gets when it is taken. */
  readonly version: number;
  /** It waits in the database already. */
  readonly isWaiting: boolean;
  /** It, or another rate of its day, waits there. */
  readonly settles: boolean;
}

/**
 * Decides day by day, oldest first, which rates are taken. The reference of a currency is the last rate taken before. A rate that
 * jumped waits: three later published days at its level take all of them, a rate that comes back is taken alone. What was rejected
 * is no part of a level. A currency whose code is unknown waits until its first rate was accepted.
 */
export class RateJudge {
  readonly #references: Map<string, KnownRate>;
  /** By currency; the level that later days may confirm. */
  readonly #levels = new Map<string, Level>();
  #taken: TakenRate[] = [];
  #held: HeldRate[] = [];
  #settled: SettledRate[] = [];
  #gaps: RateGap[] = [];

  /**
   * `references`: the last rates taken before the first day, by currency; `waiting`: the rates that have waited since, oldest first.
   */
  constructor(references: ReadonlyMap<string, KnownRate>, waiting: readonly WaitingBefore[] = []) {
    this.#references = new Map(references);
    for (const { date, quote, rate } of waiting) {
      const held = new Map([[quote, [{ rate, state: 'held' }]]]);
      this.#judgeRate(date, quote, rate, { taken: new Map(), held });
    }
  }

  /** The currencies of which a rate has been taken, with the last one. */
  get references(): ReadonlyMap<string, KnownRate> {
    return this.#references;
  }

  /** What was decided since the last call. `last`: no day follows, so that what no day has confirmed is held. */
  take(last = true): {
    readonly taken: readonly TakenRate[];
    readonly held: readonly HeldRate[];
    readonly settled: readonly SettledRate[];
    readonly gaps: readonly RateGap[];
  } {
    if (last) for (const quote of [...this.#levels.keys()]) this.#giveUpLevel(quote);
    const held = this.#held.sort((a, b) => (a.date < b.date ? -1 : 1));
    const decided = { taken: this.#taken, held, settled: this.#settled, gaps: this.#gaps };
    this.#taken = [];
    this.#held = [];
    this.#settled = [];
    this.#gaps = [];
    return decided;
  }

  /** Days between the published ones that are stored already count, too: give them with no rates. */
  judge({ date, rates }: DayRates, known: KnownDay): void {
    for (const [quote, rate] of rates) this.#judgeRate(date, quote, rate, known);
    for (const [quote, { rate }] of known.taken) {
      if (!rates.has(quote)) this.#moveOn(quote, { rate, date });
    }
  }

  #judgeRate(date: Day, quote: string, rate: string, known: KnownDay): void {
    const stored = known.taken.get(quote);
    const heldBefore = known.held.get(quote) ?? [];
    const isStored = stored !== undefined && new Decimal(stored.rate).eq(rate);
    const before = this.#references.get(quote);
    const lastPublished = this.#levels.get(quote)?.at(-1)?.date ?? before?.date ?? date;
    const version = (stored?.version ?? 0) + 1;
    const isNew = !isStored && !wasDecided(heldBefore, rate, 'accepted');
    if (isNew && before === undefined && !isCurrency(quote)) {
      const isWaiting = heldBefore.some(
        (one) => one.state !== 'superseded' && new Decimal(one.rate).eq(rate),
      );
      if (!isWaiting) this.#held.push({ date, quote, rate, comparedRate: null, comparedDate: null });
      return;
    }
    const settles = heldBefore.some(({ state }) => state === 'held');
    if (isNew && before !== undefined) {
      const compared = { date, quote, rate, comparedRate: before.rate, comparedDate: before.date };
      if (isJump(before.rate, rate, lastPublished, date)) {
        if (stored !== undefined) this.#references.set(quote, { rate: stored.rate, date });
        if (wasDecided(heldBefore, rate, 'rejected')) this.#giveUpLevel(quote);
        else this.#wait({ ...compared, version, isWaiting: wasDecided(heldBefore, rate, 'held'), settles });
        return;
      }
      if (businessDaysBetween(lastPublished, date) > comparableDays) this.#gaps.push(compared);
    }
    if (!isStored) this.#taken.push({ date, quote, rate, version });
    if (settles) this.#settled.push({ date, quote });
    this.#moveOn(quote, { rate, date });
  }

  #moveOn(quote: string, reference: KnownRate): void {
    this.#giveUpLevel(quote);
    this.#references.set(quote, reference);
  }

  /** One more rate of a level, or the first of a new one; the last day that a level needs takes all of it. */
  #wait(one: PendingRate): void {
    const { quote, rate, date } = one;
    const before = this.#levels.get(quote)?.at(-1);
    if (before !== undefined && isJump(before.rate, rate, before.date, date)) this.#giveUpLevel(quote);
    const level = [...(this.#levels.get(quote) ?? []), one];
    this.#levels.set(quote, level);
    if (level.length < daysOfLevel) return;
    for (const each of level) {
      this.#taken.push({ date: each.date, quote, rate: each.rate, version: each.version });
      if (each.settles) this.#settled.push({ date: each.date, quote });
    }
    this.#levels.delete(quote);
    this.#references.set(quote, { rate, date });
  }

  #giveUpLevel(quote: string): void {
    for (const { isWaiting, version: _, settles: __, ...one } of this.#levels.get(quote) ?? []) {
      if (!isWaiting) this.#held.push(one);
    }
    this.#levels.delete(quote);
  }
}

type HeldBefore = readonly { readonly rate: string; readonly state: string }[];

function wasDecided(heldBefore: HeldBefore, rate: string, state: string): boolean {
  return heldBefore.some((one) => one.state === state && new Decimal(one.rate).eq(rate));
}
