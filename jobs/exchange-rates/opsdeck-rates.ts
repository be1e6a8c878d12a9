import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { Decimal } from '../../src/text/decimal.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { dayAfter } from './business-days.ts';
import { newestOfAll } from './fx-rates.sql.ts';
import type { Provider } from './provider.ts';
import { type Quote, readQuotes, worthOf } from './quotes.sql.ts';
import type { Stored } from './store.ts';

/*
 * OpsDeck's table `exchange_rate`: what one unit of a currency is worth in the base currency, and the base itself at 1. Its
 * readers take the newest row of a code. The decimal ends here: the column is a binary double, and the value, with 34 digits, is
 * rounded to it once, by the database, when the row is written.
 */

export interface OpsdeckRates {
  /** OpsDeck's base currency. */
  readonly base: string;
  readonly provider: Provider;
  /** Published for the first time: every currency of this day gets a row. null: no day is. */
  readonly newDay: Day | null;
  /** Rates that were taken now. */
  readonly taken: readonly { readonly quote: string; readonly date: Day }[];
  readonly now: Date;
  readonly storedZone: string;
}

/** A rate of another day than the newest is handed on only so long: what is no longer quoted is not carried on. */
const daysCarried = 7;

/** Relative: what is closer than this differs in the last bits of the double alone. */
const sameValue = new Decimal('1e-12');

/**
 * Writes the newest rates that were taken now, what OpsDeck has no row of, and everything when its base currency has changed; the
 * number of rows. What OpsDeck has synchronised itself meanwhile, and may be newer, stays.
 */
export async function writeOpsdeckRates(trx: Transaction<Database>, input: OpsdeckRates): Promise<number> {
  const { base, provider, now, storedZone } = input;
  const newest = await newestOfAll(trx);
  if (newest === null) return 0;
  const quotes = await readQuotes(trx, { target: base, provider, since: dayAfter(newest, -daysCarried) });
  if (quotes.length === 0) return 0;
  const due = dueRows(input, quotes, await readOpsdeckRates(trx));
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

/** In a dry run: of a new day each rate that was taken, and the base currency; null: corrections, which only the run compares. */
export function plannedOpsdeckRows(
  { newestIsNew, lastTaken }: Pick<Stored, 'newestIsNew' | 'lastTaken'>,
  newest: Day,
): number | null {
  if (lastTaken.size === 0) return 0;
  if (!newestIsNew) return null;
  const ofDay = [...lastTaken.values()].filter((date) => date === newest).length;
  return ofDay === 0 ? null : ofDay + 1;
}

interface DueRow {
  readonly code: string;
  readonly value: Decimal;
}

function dueRows(
  { base, newDay, taken }: OpsdeckRates,
  quotes: readonly Quote[],
  there: ReadonlyMap<string, number>,
): readonly DueRow[] {
  const takenNow = new Set(taken.map(({ quote, date }) => `${quote} ${date}`));
  const one = new Decimal(1);
  const baseChanged = !isSame(one, there.get(base));
  const rows = quotes.filter((quote) => {
    const { code, rate_date: date } = quote;
    if (date === newDay || !there.has(code)) return true;
    const touched = takenNow.has(`${code} ${date}`) || takenNow.has(`${base} ${date}`);
    return (touched || baseChanged) && !isSame(worthOf(quote), there.get(code));
  });
  const withBase = baseChanged || rows.some(({ rate_date }) => rate_date === newDay);
  return [
    ...rows.map((quote) => ({ code: quote.code, value: worthOf(quote) })),
    ...(withBase ? [{ code: base, value: one }] : []),
  ];
}

/** The row of each code that OpsDeck's readers take. */
async function readOpsdeckRates(trx: Transaction<Database>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ code: string; rate: number }>`
    select distinct on (upper(currency_code)) upper(currency_code) as code, rate from exchange_rate
     order by upper(currency_code), fetched_at desc nulls last, id desc`.execute(trx);
  return new Map(rows.map(({ code, rate }) => [code, rate]));
}

function isSame(value: Decimal, there: number | undefined): boolean {
  if (there === undefined || !Number.isFinite(there)) return false;
  return value.minus(there).abs().lte(value.times(sameValue));
}
