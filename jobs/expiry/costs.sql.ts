import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

/** What one unit of a currency is worth in the base currency, by code. */
export interface Rates {
  readonly base: string;
  readonly rates: ReadonlyMap<string, number>;
}

/**
 * The newest rate of each currency, as OpsDeck keeps them; null where there are none (a database without OpsDeck's finance tables).
 * At most two statements.
 */
export async function readRates(db: Kysely<Database>): Promise<Rates | null> {
  const { rows: there } = await sql<{ there: boolean }>`
    select to_regclass('public.exchange_rate') is not null and to_regclass('public.finance_settings') is not null as there`.execute(
    db,
  );
  if (there[0]?.there !== true) return null;
  const { rows } = await sql<{ code: string; rate: number; base: string | null }>`
    select distinct on (upper(r.currency_code)) upper(r.currency_code) as code, r.rate,
           (select upper(base_currency) from finance_settings order by id limit 1) as base
      from exchange_rate r
     where r.rate > 0 and r.rate < 'infinity'
     order by upper(r.currency_code), r.fetched_at desc nulls last, r.id desc`.execute(db);
  const [first] = rows;
  if (first === undefined) return null;
  const base = first.base ?? 'EUR';
  return { base, rates: new Map([...rows.map(({ code, rate }) => [code, rate] as const), [base, 1]]) };
}
