import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import { count } from '../../src/text/count.ts';
import { plainText } from '../../src/text/plain-text.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { RefusedRate } from './check-rates.ts';
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
  /** Rates and days that are none, and were left out; the first 50. `code` null: the whole day. */
  refused: { date: string; code: string | null; reason: string }[];
  refused_count: number;
  /** All that wait for a decision, of earlier runs too. */
  held_waiting: number;
  /** The newest rates are older than five business days. */
  old: boolean;
  /** Quoted the day before, and not any more. */
  no_longer_quoted: string[];
  /** Days that were missed, and are not to be had from this provider. */
  gap_remains: boolean;
};

const mostRefusedShown = 50;

export function refusedForResult(refused: readonly RefusedRate[]): RatesResult['refused'] {
  return refused.slice(0, mostRefusedShown).map(({ date, code, why }) => ({
    date: plainText(date),
    code: code === null ? null : plainText(code),
    reason: why,
  }));
}

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

/** What was left out is named by a run that fails, and what could be read is stored. */
export function faultOf({
  refused,
  refused_count: left,
  source,
  dry_run: dry,
}: RatesResult): JobFault | null {
  const [first] = refused;
  if (first === undefined) return null;
  return {
    code: 'rates_unreadable',
    message: `${count(left, 'rate or day', 'rates or days')} of ${source} could not be read: ${first.reason}. The others ${dry ? 'would be' : 'were'} stored.`,
    next: 'Compare it with what the source publishes; when that is right again, import its file: --param file=PATH.',
    exitCode: ExitCode.failed,
  };
}
