import type { Kysely } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { Decimal } from '../../src/text/decimal.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { isOld } from './business-days.ts';
import { currencyDigits } from './currencies.ts';
import type { Provider } from './provider.ts';
import { isDerived, type Quote, readQuotes, worthOf, worthOfAmount } from './quotes.sql.ts';

/** An amount in another currency. All numbers are decimal text. */
export interface Conversion {
  readonly from: string;
  readonly to: string;
  readonly amount: string;
  /** Rounded to the decimal places of the currency. */
  readonly converted: string;
  /** Not rounded: 20 significant digits. */
  readonly exact: string;
  readonly rate: string;
  /** null: nothing was converted, the currencies are the same. */
  readonly rateDate: Day | null;
  readonly provider: string | null;
  readonly derived: boolean;
  /** The rate was older than five business days on the day that was asked about. */
  readonly old: boolean;
}

export interface ConversionQuestion {
  readonly amount: string;
  readonly from: string;
  readonly to: string;
  /** As of this day. */
  readonly day: Day;
  readonly provider: Provider;
}

/** null: there is no rate that leads from the one to the other on that day or before. */
export async function convert(
  db: Kysely<Database>,
  { amount, from, to, day, provider }: ConversionQuestion,
): Promise<Conversion | null> {
  const [quote] = from === to ? [] : await readQuotes(db, { target: to, codes: [from], asOf: day, provider });
  if (from !== to && quote === undefined) return null;
  const rate = quote === undefined ? new Decimal(1) : worthOf(quote);
  const exact = quote === undefined ? new Decimal(amount) : worthOfAmount(amount, quote);
  return {
    from,
    to,
    amount,
    converted: rounded(exact, currencyDigits(to)),
    exact: significant(exact),
    rate: significant(rate),
    rateDate: quote?.rate_date ?? null,
    provider: quote?.provider ?? null,
    derived: quote !== undefined && isDerived(quote, to),
    old: quote !== undefined && isOld(quote.rate_date, day),
  };
}

/** Zero has no sign. */
function rounded(value: Decimal, digits: number): string {
  const near = value.toDecimalPlaces(digits);
  return (near.isZero() ? near.abs() : near).toFixed(digits);
}

/** What one unit is worth, to so many significant digits. */
export function worthText(quote: Quote, digits = 20): string {
  return significant(worthOf(quote), digits);
}

/** A rate as people read it. */
export function forPeople(rate: string): string {
  return significant(new Decimal(rate), 8);
}

function significant(value: Decimal, digits = 20): string {
  return value.toSignificantDigits(digits).toFixed();
}
