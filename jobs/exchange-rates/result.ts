import type { Day } from '../../src/time/calendar-day.ts';
import type { HeldRate } from './judge.ts';
import { moveOf } from './judge.ts';

type ComparedRate = {
  code: string;
  date: Day;
  rate: string;
  /** null, with the two after it: there is none, because the code of the currency is unknown. */
  before: string | null;
  before_date: Day | null;
  change_percent: string | null;
};

/** What a run came to. Days are `YYYY-MM-DD`, rates decimal text as published. */
export type RatesResult = {
  dry_run: boolean;
  provider: string;
  /** The host that answered, or the file. */
  source: string;
  /** The currency in which the provider quotes, and the one in which OpsDeck counts. */
  published_base: string;
  base: string;
  /** The two differ: what OpsDeck gets is derived by division. */
  derived: boolean;
  /** The newest day that was published. */
  rate_date: Day;
  /** The newest day that was stored before; null: none. */
  previous_date: Day | null;
  nothing_new: boolean;
  new_days: number;
  rates_stored: number;
  corrections: number;
  /** Rows of OpsDeck's table; null: a dry run of corrections, which are not compared with its rows. */
  opsdeck_rows: number | null;
  held_count: number;
  /** By currency; `date` and `rate` are the newest. */
  held: ({ days: number } & ComparedRate)[];
  /** Rates that were taken after more than ten business days without one; the first 50. */
  gaps: ComparedRate[];
  gap_count: number;
  /** All that wait for a decision, of earlier runs too. */
  held_waiting: number;
  /** The newest rates are older than five business days. */
  old: boolean;
  /** Quoted the day before, and not any more. */
  no_longer_quoted: string[];
  /** Days that were missed, and are not to be had from this provider. */
  gap_remains: boolean;
};

export function comparedForResult({ date, quote, rate, comparedRate, comparedDate }: HeldRate): ComparedRate {
  return {
    code: quote,
    date,
    rate,
    before: comparedRate,
    before_date: comparedDate,
    change_percent: changePercent(comparedRate, rate),
  };
}

/** `12.5`: by how much the rate differs from the one before, without a sign. */
export function changePercent(before: string | null, rate: string): string | null {
  return before === null ? null : moveOf(before, rate).times(100).toDecimalPlaces(1).toString();
}
