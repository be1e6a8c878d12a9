import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { Decimal } from '../../src/text/decimal.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { Provider } from './provider.ts';

/** What one unit of a currency is worth in another, of one day and one provider. */
export interface Quote {
  readonly code: string;
  readonly provider: string;
  readonly rate_date: Day;
  /** The currency in which the provider quotes. */
  readonly base: string;
  /** Units of the currency, and of the target, for one unit of the base; as published, or 1 for the base itself. */
  readonly per_base: string;
  readonly target_per_base: string;
}

export interface QuoteQuestion {
  readonly target: string;
  /** Absent: every currency. */
  readonly codes?: readonly string[];
  /** As of this day; absent: the newest. */
  readonly asOf?: Day;
  /** Days before this are left out. */
  readonly since?: Day;
  /** Goes before others that have the same day. */
  readonly provider: Provider;
}

/**
 * The newest day of each currency on which both it and the target are known in the same base, of the same provider: rates of
 * different days or providers are never mixed. The newest version of a rate counts.
 */
export async function readQuotes(
  db: Kysely<Database>,
  { target, codes, asOf, since, provider }: QuoteQuestion,
): Promise<readonly Quote[]> {
  const wanted = codes === undefined ? null : [...codes, target];
  const { rows } = await sql<Quote>`
    with current as (
      select distinct on (provider, base, rate_date, quote) provider, base, rate_date, quote, rate
        from opsdeck_jobs.fx_rate
       where (${wanted}::text[] is null or quote = any (${wanted}::text[]))
         and (${asOf ?? null}::date is null or rate_date <= ${asOf ?? null}::date)
         and (${since ?? null}::date is null or rate_date >= ${since ?? null}::date)
       order by provider, base, rate_date, quote, version desc
    ), units as (
      select provider, base, rate_date, quote as code, rate from current
      union all
      select distinct provider, base, rate_date, base, 1::numeric from current
    )
    select distinct on (c.code) c.code, c.provider, c.base, c.rate_date, c.rate as per_base, t.rate as target_per_base
      from units c join units t using (provider, base, rate_date)
     where t.code = ${target} and c.code <> ${target} and (${wanted}::text[] is null or c.code = any (${wanted}::text[]))
     order by c.code, c.rate_date desc, (c.provider = ${provider}) desc, (c.base = ${target}) desc, c.provider, c.base`.execute(
    db,
  );
  return rows;
}

/** What one unit of the currency is worth in the target. */
export function worthOf({ per_base, target_per_base }: Quote): Decimal {
  return new Decimal(target_per_base).div(per_base);
}

/** More digits than an amount, a rate and the half of a smallest unit have together. */
const Exact = Decimal.clone({ precision: 200 });

/**
 * What an amount is worth in the target. It is divided last, and once: what is exactly half of the smallest unit would otherwise be
 * rounded away from what it is.
 */
export function worthOfAmount(amount: string, { per_base, target_per_base }: Quote): Decimal {
  return new Exact(amount).times(target_per_base).div(per_base);
}

/** Neither the currency nor the target is the one that the provider quotes in: the value follows from two published rates. */
export function isDerived({ base, code }: Quote, target: string): boolean {
  return base !== code && base !== target;
}
