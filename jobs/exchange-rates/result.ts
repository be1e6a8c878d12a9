import type { Day } from '../../src/time/calendar-day.ts';
import type { HeldRate } from './judge.ts';
import { moveOf } from './judge.ts';

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
  /** Rows of OpsDeck's table; null in a dry run. */
  opsdeck_rows: number | null;
  held_count: number;
  held: { code: string; date: Day; rate: string; before: string; before_date: Day; change_percent: string }[];
  /** All that wait for a decision, of earlier runs too. */
  held_waiting: number;
  /** The newest rates are older than five business days. */
  old: boolean;
  /** Quoted the day before, and not any more. */
  no_longer_quoted: string[];
  /** Days that were missed, and are not to be had from this provider. */
  gap_remains: boolean;
};

export function heldForResult({
  date,
  quote,
  rate,
  comparedRate,
  comparedDate,
}: HeldRate): RatesResult['held'][number] {
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
export function changePercent(before: string, rate: string): string {
  return moveOf(before, rate).times(100).toDecimalPlaces(1).toString();
}
