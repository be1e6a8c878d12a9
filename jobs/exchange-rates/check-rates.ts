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

/** A rate, or a whole day, that is not taken, among others that are. */
export interface RefusedRate {
  /** As it was written. */
  readonly date: string;
  /** As it was written; null: the whole day. */
  readonly code: string | null;
  /** A part of a sentence: `the rate of TRY of 2026-11-24, "-1", is negative`. */
  readonly why: string;
}

/** What can be taken of an answer, or of a file, oldest day first. */
export interface CheckedRates {
  readonly days: readonly DayRates[];
  readonly refused: readonly RefusedRate[];
}

/** A clock may be wrong by a day, and a rate be for tomorrow; more is no rate that was published. */
const daysAhead = 2;

/** More unknown codes, unreadable rates or unreadable days than this share of all, and it is no list of rates. */
const strangeShare = 0.1;

/**
 * Checks everything that can be known without the rates before. A rate that is none, such as a negative one, and a day that is none
 * are left out and named; many of them, and nothing is taken: who sends those cannot be trusted with the others. A code that is
 * unknown, of a new currency, refuses nothing by itself.
 *
 * @throws RatesRefused
 */
export function checkRates(raw: RawRates, base: string, today: Day): CheckedRates {
  if (raw.base !== base) {
    throw new RatesRefused(`its base currency is ${shown(raw.base)}, and ${base} was expected`);
  }
  const refused: RefusedRate[] = [];
  const days = raw.days
    .flatMap((day) => checkDay(day, base, today, refused))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  refuseMany(raw, refused);
  const twice = days.find(({ date }, index) => date === days[index + 1]?.date);
  if (twice !== undefined) throw new RatesRefused(`it holds ${twice.date} twice`);
  refuseUnknown(new Set(days.flatMap(({ rates }) => [...rates.keys()])));
  return { days, refused };
}

function refuseMany({ days }: RawRates, refused: readonly RefusedRate[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const rates = days.reduce((sum, day) => sum + day.rates.length, 0);
  const wholeDays = refused.filter(({ code }) => code === null).length;
  const many = (some: number, all: number) => some > all * strangeShare;
  if (many(wholeDays, days.length) || many(refused.length - wholeDays, rates))
    throw new RatesRefused(first.why);
}

function refuseUnknown(codes: ReadonlySet<string>): void {
  const unknown = [...codes].filter((code) => !isCurrency(code));
  const [first] = unknown;
  if (first === undefined || unknown.length <= codes.size * strangeShare) return;
  throw new RatesRefused(
    unknown.length === 1
      ? `${shown(first)} is not a currency code of ISO 4217`
      : `${unknown.length} of its ${codes.size} codes, such as ${shown(first)}, are not currency codes of ISO 4217`,
  );
}

/** None: the day is among those that were refused. */
function checkDay(
  { date, rates }: RawDay,
  base: string,
  today: Day,
  refused: RefusedRate[],
): readonly DayRates[] {
  const refuse = (code: string | null, why: string) => {
    refused.push({ date, code, why });
  };
  if (!isDay(date)) {
    refuse(null, `${shown(date)} is not a date`);
    return [];
  }
  if (date > dayAfter(today, daysAhead)) {
    throw new RatesRefused(`its rates are of ${date}, which lies more than ${daysAhead} days ahead`);
  }
  const checked = new Map<string, string>();
  for (const [code, text] of rates) {
    if (!/^[A-Z]{3}$/.test(code)) {
      refuse(code, `${shown(code)} is not a currency code of ISO 4217`);
      continue;
    }
    const problem = problemOfRate(text);
    if (problem !== undefined) {
      refuse(code, `the rate of ${code} of ${date}, ${shown(text)}, ${problem}`);
      continue;
    }
    if (checked.has(code)) throw new RatesRefused(`it holds ${code} of ${date} twice`);
    if (code === base && !new Decimal(text).eq(1)) {
      throw new RatesRefused(`the rate of its base ${base} is ${shown(text)}, not 1`);
    }
    checked.set(code, plainDigits(text));
  }
  checked.delete(base);
  if (checked.size > 0) return [{ date, rates: checked }];
  refuse(null, `it holds no rates of ${date}`);
  return [];
}

/** As it stands in a message: in quotes, cut, and nothing but what can be printed. */
export function shown(text: string): string {
  const short = [...text].slice(0, 30).join('');
  return JSON.stringify(short.length < text.length ? `${short}…` : short);
}
