import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { HeldRate, KnownDay, KnownRate, SettledRate, TakenRate, WaitingBefore } from './judge.ts';
import type { Provider } from './provider.ts';

/** Rates of one provider in one base currency: what is compared with each other. */
export interface Series {
  readonly provider: Provider;
  readonly base: string;
}

/** A number that no other program is likely to lock on. */
const ratesLock = sql.lit(7_305_204_113);

/**
 * Until the end of the transaction nobody else stores or accepts rates: two that judged by the same rates before would both be
 * right, and together wrong. The keys of the tables are the guarantee that nothing is stored twice.
 */
export async function lockRates(trx: Transaction<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ratesLock})`.execute(trx);
}

/** The newest day that is stored; null: none. */
export async function newestDay(db: Kysely<Database>, { provider, base }: Series): Promise<Day | null> {
  const { rows } = await sql<{ rate_date: string }>`
    select rate_date from opsdeck_jobs.fx_rate
     where provider = ${provider} and base = ${base} order by rate_date desc limit 1`.execute(db);
  return rows[0]?.rate_date ?? null;
}

/** The newest day of all that is stored; null: nothing is. */
export async function newestOfAll(db: Kysely<Database>): Promise<Day | null> {
  const { rows } = await sql<{ newest: Day | null }>`
    select max(rate_date) as newest from opsdeck_jobs.fx_rate`.execute(db);
  return rows[0]?.newest ?? null;
}

/** Rates that wait for a decision. */
export async function countHeld(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from opsdeck_jobs.fx_held where state = 'held'`.execute(db);
  return rows[0]?.count ?? 0;
}

/**
 * The last rate of each currency before a day. Of whatever provider, its own first: one that takes over is measured by the one
 * before.
 */
export async function readReferences(
  trx: Transaction<Database>,
  { provider, base }: Series,
  before: Day,
): Promise<ReadonlyMap<string, KnownRate>> {
  const { rows } = await sql<{ quote: string; rate: string; rate_date: string }>`
    select distinct on (quote) quote, rate, rate_date from opsdeck_jobs.fx_rate
     where base = ${base} and rate_date < ${before}::date
     order by quote, rate_date desc, (provider = ${provider}) desc, provider, version desc`.execute(trx);
  return new Map(rows.map(({ quote, rate, rate_date }) => [quote, { rate, date: rate_date }]));
}

/** The rates that wait for a decision, and follow the last rate that was taken, before a day; oldest first. */
export async function readWaitingSince(
  trx: Transaction<Database>,
  { provider, base }: Series,
  before: Day,
): Promise<readonly WaitingBefore[]> {
  const { rows } = await sql<{ date: string; quote: string; rate: string }>`
    select date, quote, rate from (
      select distinct on (h.quote, h.rate_date) h.rate_date as date, h.quote, h.rate from opsdeck_jobs.fx_held h
       where h.state = 'held' and h.provider = ${provider} and h.base = ${base} and h.rate_date < ${before}::date
         and not exists (select from opsdeck_jobs.fx_rate r
                          where r.base = ${base} and r.quote = h.quote
                            and r.rate_date >= h.rate_date and r.rate_date < ${before}::date)
       order by h.quote, h.rate_date, h.fetched_at desc, h.id desc) newest
     order by date, quote`.execute(trx);
  return rows;
}

/** What is stored of the days from one to another, both included, in their order. */
export async function readKnownDays(
  trx: Transaction<Database>,
  { provider, base }: Series,
  from: Day,
  to: Day,
): Promise<ReadonlyMap<Day, KnownDay>> {
  const { rows } = await sql<{
    rate_date: string;
    quote: string;
    rate: string;
    version: number | null;
    state: string | null;
  }>`
    (select distinct on (rate_date, quote) rate_date, quote, rate, version, null as state from opsdeck_jobs.fx_rate
      where provider = ${provider} and base = ${base} and rate_date between ${from}::date and ${to}::date
      order by rate_date, quote, version desc)
    union all
    select rate_date, quote, rate, null, state from opsdeck_jobs.fx_held
     where provider = ${provider} and base = ${base} and rate_date between ${from}::date and ${to}::date`.execute(
    trx,
  );
  const days = new Map<
    Day,
    {
      taken: Map<string, { rate: string; version: number }>;
      held: Map<string, { rate: string; state: string }[]>;
    }
  >();
  for (const { rate_date, quote, rate, version, state } of rows) {
    const day = days.get(rate_date) ?? { taken: new Map(), held: new Map() };
    days.set(rate_date, day);
    if (version !== null) day.taken.set(quote, { rate, version });
    if (state !== null) day.held.set(quote, [...(day.held.get(quote) ?? []), { rate, state }]);
  }
  return days;
}

/** Of which run, and when it was fetched. */
export interface Origin extends Series {
  readonly fetchedAt: Date;
  readonly runId: string;
}

export async function insertTaken(
  trx: Transaction<Database>,
  { provider, base, fetchedAt, runId }: Origin,
  taken: readonly TakenRate[],
): Promise<void> {
  if (taken.length === 0) return;
  await sql`
    insert into opsdeck_jobs.fx_rate (provider, rate_date, base, quote, version, rate, fetched_at, run_id)
    select ${provider}, t.rate_date, ${base}, t.quote, t.version, t.rate::numeric, ${fetchedAt}::timestamptz, ${runId}::uuid
      from unnest(${taken.map(({ date }) => date)}::date[], ${taken.map(({ quote }) => quote)}::text[],
                  ${taken.map(({ version }) => version)}::integer[], ${taken.map(({ rate }) => rate)}::text[])
        as t (rate_date, quote, version, rate)`.execute(trx);
}

export async function insertHeld(
  trx: Transaction<Database>,
  { provider, base, fetchedAt, runId }: Origin,
  held: readonly HeldRate[],
): Promise<void> {
  if (held.length === 0) return;
  await sql`
    insert into opsdeck_jobs.fx_held (provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at, run_id)
    select ${provider}, h.rate_date, ${base}, h.quote, h.rate::numeric, h.compared_rate::numeric, h.compared_date,
           ${fetchedAt}::timestamptz, ${runId}::uuid
      from unnest(${held.map(({ date }) => date)}::date[], ${held.map(({ quote }) => quote)}::text[],
                  ${held.map(({ rate }) => rate)}::text[], ${held.map(({ comparedRate }) => comparedRate)}::text[],
                  ${held.map(({ comparedDate }) => comparedDate)}::date[])
        as h (rate_date, quote, rate, compared_rate, compared_date)
    on conflict (provider, rate_date, base, quote, rate) do update
      set state = 'held', compared_rate = excluded.compared_rate, compared_date = excluded.compared_date,
          fetched_at = excluded.fetched_at, run_id = excluded.run_id, decided_at = null, decided_by = null, note = null,
          announced_by = null
      where fx_held.state = 'superseded'`.execute(trx);
}

/** Nobody need decide any more about what is held of these days: the provider has confirmed it, or published another rate. */
export async function settleHeld(
  trx: Transaction<Database>,
  { provider, base, fetchedAt }: Origin,
  settled: readonly SettledRate[],
): Promise<void> {
  if (settled.length === 0) return;
  await sql`
    update opsdeck_jobs.fx_held h
       set state = 'superseded', decided_at = ${fetchedAt}::timestamptz, decided_by = ${`provider:${provider}`}
      from unnest(${settled.map(({ date }) => date)}::date[], ${settled.map(({ quote }) => quote)}::text[])
        as s (rate_date, quote)
     where h.state = 'held' and h.provider = ${provider} and h.base = ${base}
       and h.rate_date = s.rate_date and h.quote = s.quote`.execute(trx);
}

/** A stored rate with its version: a correction stands beside what it corrects. */
export interface StoredRate {
  readonly provider: string;
  readonly rate_date: Day;
  readonly base: string;
  readonly quote: string;
  readonly version: number;
  readonly rate: string;
  readonly fetched_at: Date;
}

/** Newest day first. */
export async function readStored(db: Kysely<Database>, limit: number): Promise<readonly StoredRate[]> {
  const { rows } = await sql<StoredRate>`
    select provider, rate_date, base, quote, version, rate, fetched_at from opsdeck_jobs.fx_rate
     order by rate_date desc, provider, base, quote, version desc limit ${limit}`.execute(db);
  return rows;
}
