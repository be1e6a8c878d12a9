import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { dayAfter } from './business-days.ts';
import { Decimal } from './decimal.ts';
import { newestOfAll } from './fx-rates.sql.ts';
import { type Quote, readQuotes, worthOf } from './quotes.sql.ts';
import type { Provider } from './rates-text.ts';

/*
 * OpsDeck's table `exchange_rate`: what one unit of a currency is worth in the base currency, and the base itself at 1. Its
 * readers take the newest row of a code. The decimal ends here: the column is a binary double, and the value, with 34 digits, is
 * rounded to it once, by the database, when the row is written.
 */

export interface Publication {
  /** OpsDeck's base currency. */
  readonly base: string;
  readonly provider: Provider;
  /** Every currency of this day gets a row; of other days, and when null, only what OpsDeck has otherwise. */
  readonly newDay: Day | null;
  readonly now: Date;
  readonly storedZone: string;
}

/** A rate of another day than the newest is handed on only so long: what is no longer quoted is not carried on. */
const daysCarried = 7;

/** Relative: what is closer than this differs in the last bits of the double alone. */
const sameValue = new Decimal('1e-12');

/** Writes what OpsDeck's table lacks; the number of rows. */
export async function publishRates(trx: Transaction<Database>, publication: Publication): Promise<number> {
  const { base, provider, newDay, now, storedZone } = publication;
  const newest = await newestOfAll(trx);
  if (newest === null) return 0;
  const quotes = await readQuotes(trx, { target: base, provider, since: dayAfter(newest, -daysCarried) });
  if (quotes.length === 0) return 0;
  const there = await readPublished(trx);
  const due = [
    ...quotes.map((quote) => ({ code: quote.code, value: worthOf(quote), isNew: isOf(quote, newDay) })),
    { code: base, value: new Decimal(1), isNew: quotes.some((quote) => isOf(quote, newDay)) },
  ].filter(({ code, value, isNew }) => isNew || !isSame(value, there.get(code)));
  if (due.length === 0) return 0;
  await sql`
    insert into exchange_rate (currency_code, rate, fetched_at)
    select d.code, d.rate::double precision, clock.at
      from unnest(${due.map(({ code }) => code)}::text[], ${due.map(({ value }) => value.toFixed())}::text[]) as d (code, rate)
     cross join (
       -- Later than every row there is: the stored wall clock goes back in autumn, and other hosts' clocks differ.
       select greatest(${now}::timestamptz at time zone ${storedZone}, max(fetched_at) + interval '1 microsecond') as at
         from exchange_rate) as clock
     order by d.code`.execute(trx);
  return due.length;
}

function isOf({ rate_date }: Quote, day: Day | null): boolean {
  return rate_date === day;
}

/** The row of each code that OpsDeck's readers take. */
async function readPublished(trx: Transaction<Database>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ code: string; rate: number }>`
    select distinct on (upper(currency_code)) upper(currency_code) as code, rate from exchange_rate
     order by upper(currency_code), fetched_at desc nulls last, id desc`.execute(trx);
  return new Map(rows.map(({ code, rate }) => [code, rate]));
}

function isSame(value: Decimal, there: number | undefined): boolean {
  if (there === undefined || !Number.isFinite(there)) return false;
  return value.minus(there).abs().lte(value.times(sameValue));
}
