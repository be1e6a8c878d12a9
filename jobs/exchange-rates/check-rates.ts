import { Decimal } from '../../src/text/decimal.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { dayAfter, isDay } from './business-days.ts';
import { isCurrency } from './currencies.ts';
import { plainDigits, problemOfRate } from './rate-digits.ts';

/** What was read, before anything about it was checked. */
export interface RawRates {
  readonly base: string;
  readonly days: readonly RawDay[];
}

export interface RawDay {
  readonly date: string;
  readonly rates: readonly (readonly [code: string, rate: string])[];
}

/** The rates of one day: units of each currency for one unit of the base, as decimal text. Without the base itself. */
export interface DayRates {
  readonly date: Day;
  readonly rates: ReadonlyMap<string, string>;
}

/** Why an answer, or a file, is not taken. A part of a sentence; it may quote what came from outside. */
export class RatesRefused extends Error {
  override readonly name = 'RatesRefused';
}

/** A clock may be wrong by a day, and a rate be for tomorrow; more is no rate that was published. */
const daysAhead = 2;

/** More unknown codes than this share of all, and it is no list of currencies. */
const unknownShare = 0.1;

/**
 * Checks everything that can be known without the rates before; oldest day first. One bad rate refuses all of them: whoever
 * sends a negative rate cannot be trusted with the others. A code that is unknown, of a new currency, refuses nothing by itself.
 *
 * @throws RatesRefused
 */
export function checkRates(raw: RawRates, base: string, today: Day): readonly DayRates[] {
  if (raw.base !== base) {
    throw new RatesRefused(`its base currency is ${shown(raw.base)}, and ${base} was expected`);
  }
  const days = raw.days.map((day) => checkDay(day, base, today)).sort((a, b) => (a.date < b.date ? -1 : 1));
  const twice = days.find(({ date }, index) => date === days[index + 1]?.date);
  if (twice !== undefined) throw new RatesRefused(`it holds ${twice.date} twice`);
  refuseUnknown(new Set(days.flatMap(({ rates }) => [...rates.keys()])));
  return days;
}

function refuseUnknown(codes: ReadonlySet<string>): void {
  const unknown = [...codes].filter((code) => !isCurrency(code));
  const [first] = unknown;
  if (first === undefined || unknown.length <= codes.size * unknownShare) return;
  throw new RatesRefused(
    unknown.length === 1
      ? `${shown(first)} is not a currency code of ISO 4217`
      : `${unknown.length} of its ${codes.size} codes, such as ${shown(first)}, are not currency codes of ISO 4217`,
  );
}

function checkDay({ date, rates }: RawDay, base: string, today: Day): DayRates {
  if (!isDay(date)) throw new RatesRefused(`${shown(date)} is not a date`);
  if (date > dayAfter(today, daysAhead)) {
    throw new RatesRefused(`its rates are of ${date}, which lies more than ${daysAhead} days ahead`);
  }
  const checked = new Map<string, string>();
  for (const [code, text] of rates) {
    if (!/^[A-Z]{3}$/.test(code)) throw new RatesRefused(`${shown(code)} is not a currency code of ISO 4217`);
    const problem = problemOfRate(text);
    if (problem !== undefined)
      throw new RatesRefused(`the rate of ${code} of ${date}, ${shown(text)}, ${problem}`);
    if (checked.has(code)) throw new RatesRefused(`it holds ${code} of ${date} twice`);
    if (code === base && !new Decimal(text).eq(1)) {
      throw new RatesRefused(`the rate of its base ${base} is ${shown(text)}, not 1`);
    }
    checked.set(code, plainDigits(text));
  }
  checked.delete(base);
  if (checked.size === 0) throw new RatesRefused(`it holds no rates of ${date}`);
  return { date, rates: checked };
}

/** As it stands in a message: in quotes, cut, and nothing but what can be printed. */
export function shown(text: string): string {
  const short = [...text].slice(0, 30).join('');
  return JSON.stringify(short.length < text.length ? `${short}…` : short);
}
