import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { type Decimal, decimalOf, zero } from '../../src/text/decimal.ts';

/** What one unit of a currency is worth in the base currency, by code in capital letters. */
export interface Rates {
  readonly base: string;
  readonly rates: ReadonlyMap<string, Decimal>;
}

const one = zero.plus(1);

/**
 * The newest rate of each currency, as OpsDeck keeps them; null where there are none, or where this role may not read them. At most
 * two statements.
 */
export async function readRates(db: Kysely<Database>): Promise<Rates | null> {
  const { rows: readable } = await sql<{ readable: boolean | null }>`
    select has_table_privilege(to_regclass('public.exchange_rate')::oid, 'select')
           and has_column_privilege(to_regclass('public.finance_settings')::oid, 'id', 'select')
           and has_column_privilege(to_regclass('public.finance_settings')::oid, 'base_currency', 'select') as readable`.execute(
    db,
  );
  if (readable[0]?.readable !== true) return null;
  const { rows } = await sql<{ code: string; rate: number; base: string | null }>`
    select distinct on (upper(r.currency_code)) upper(r.currency_code) as code, r.rate,
           (select upper(nullif(btrim(base_currency), '')) from finance_settings order by id limit 1) as base
      from exchange_rate r
     where r.rate > 0 and r.rate < 'infinity'
     order by upper(r.currency_code), r.fetched_at desc nulls last, r.id desc`.execute(db);
  const [first] = rows;
  if (first === undefined) return null;
  const base = first.base ?? 'EUR';
  const rates = new Map<string, Decimal>();
  for (const { code, rate } of rows) rates.set(code, decimalOf(rate) ?? one);
  return { base, rates: rates.set(base, one) };
}
