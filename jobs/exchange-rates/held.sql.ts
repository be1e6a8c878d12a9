import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { Database } from '../../src/db/tables.ts';
import { type Author, findDecider } from '../../src/decisions/author.ts';
import { reportDecision } from '../../src/decisions/report-decision.ts';
import { count } from '../../src/text/count.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { readRateSource } from './finance-settings.ts';
import { lockRates } from './fx-rates.sql.ts';
import { writeOpsdeckRates } from './opsdeck-rates.ts';
import type { RateSettings } from './settings.ts';

/** A rate that waits for a decision; `rate` and `compared_rate` are units of the currency for one of the base. */
export interface WaitingRate {
  readonly id: string;
  readonly provider: string;
  readonly rate_date: Day;
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  /** null, as its day: the code of the currency is unknown. */
  readonly compared_rate: string | null;
  readonly compared_date: Day | null;
  readonly fetched_at: Date;
}

/** Those of a currency that wait, oldest day first. */
export async function readWaiting(
  db: Kysely<Database>,
  code: string,
  limit: number,
): Promise<readonly WaitingRate[]> {
  const { rows } = await sql<WaitingRate>`
    select id, provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at
      from opsdeck_jobs.fx_held where state = 'held' and quote = ${code} order by rate_date, id limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** What waits of one currency. */
export interface WaitingCurrency {
  readonly quote: string;
  readonly base: string;
  readonly provider: string;
  readonly days: number;
  readonly oldest: Day;
  readonly newest: Day;
  /** Of the newest day. */
  readonly rate: string;
  readonly compared_rate: string | null;
  readonly compared_date: Day | null;
}

/** All, those of which no alert has reported a rate that waits, or those that the alerts with these keys reported. */
export type WaitingChoice = 'all' | 'unannounced' | readonly string[];

/** The currencies of which rates wait, in the order of their codes. */
export async function readWaitingCurrencies(
  db: Kysely<Database>,
  limit: number,
  which: WaitingChoice = 'all',
): Promise<readonly WaitingCurrency[]> {
  const { rows } = await sql<WaitingCurrency>`
    select distinct on (quote, provider, base) quote, base, provider,
           (count(*) over one)::integer as days, min(rate_date) over one as oldest, rate_date as newest,
           rate, compared_rate, compared_date
      from opsdeck_jobs.fx_held h
     where state = 'held'
       and ${chosen(which)}
    window one as (partition by quote, provider, base)
     order by quote, provider, base, rate_date desc, id desc limit ${limit}`.execute(db);
  return rows;
}

function chosen(which: WaitingChoice): RawBuilder<boolean> {
  if (which === 'all') return sql<boolean>`true`;
  const reported = (by: RawBuilder<boolean>) => sql<boolean>`
    exists (select from opsdeck_jobs.fx_held a
             where a.state = 'held' and (a.provider, a.base, a.quote) = (h.provider, h.base, h.quote) and ${by})`;
  return which === 'unannounced'
    ? sql<boolean>`not ${reported(sql<boolean>`a.announced_by is not null`)}`
    : reported(sql<boolean>`a.announced_by = any (${[...which]}::text[])`);
}

/** The currencies of which a newer rate than the one in force waits for a decision. */
export async function readNewerHeld(
  db: Kysely<Database>,
  inForce: readonly { readonly code: string; readonly rate_date: Day }[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ quote: string }>`
    select distinct h.quote from opsdeck_jobs.fx_held h
      join unnest(${inForce.map(({ code }) => code)}::text[], ${inForce.map(({ rate_date }) => rate_date)}::date[])
        as f (code, rate_date) on h.quote = f.code and h.rate_date > f.rate_date
     where h.state = 'held' order by h.quote`.execute(db);
  return rows.map(({ quote }) => quote);
}

/** Which of the held rates are meant. */
export interface RateSelection {
  readonly codes: readonly string[];
  /** Rates of earlier days go on waiting. null: all. */
  readonly from: Day | null;
  /** Rates of later days go on waiting: whoever decides has not seen them. null: all. */
  readonly until: Day | null;
  /** Only these: what came later was not seen by whoever agreed. undefined: all. */
  readonly ids?: readonly string[] | undefined;
}

/** What an operator decides about the held rates of some currencies; kept with them, and in `action_log`. */
export interface RateDecision extends RateSelection {
  readonly action: 'accept' | 'reject';
  readonly note: string;
  readonly author: Author;
  readonly storedZone: string;
  readonly settings: RateSettings;
}

export interface DecidedRates {
  /** What was decided about now; a currency of which nothing waits has none. */
  readonly decided: readonly WaitingRate[];
  /** Rows of OpsDeck's table that followed. */
  readonly opsdeckRows: number;
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

/**
 * Carries out a decision in one transaction. An accepted rate is stored as if it had not jumped, and OpsDeck gets it if it is the newest.
 *
 * @throws OperatorError exit 2: `unknown_actor`, `archived_actor`.
 */
export async function decideRates(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  decision: RateDecision,
): Promise<DecidedRates> {
  const { action, author, note, storedZone, settings } = decision;
  return db.transaction().execute(async (trx) => {
    const decider = await findDecider(trx, author.actor);
    await lockRates(trx);
    const now = clock.now();
    const decided = await markDecided(trx, decision, now);
    if (decided.length === 0) return { decided, opsdeckRows: 0, mail: null };
    await logDecision(trx, decision, decided, now);
    const what = whatDecided(action, decided);
    const mail = await reportDecision(trx, decider, author, { what, reason: note });
    if (action === 'reject') return { decided, opsdeckRows: 0, mail };
    await storeAccepted(trx, decided);
    const { base, provider } = await readRateSource(trx, settings);
    const taken = decided.map(({ quote, rate_date }) => ({ quote, date: rate_date }));
    const opsdeckRows = await writeOpsdeckRates(trx, {
      base,
      provider,
      newDay: null,
      taken,
      now,
      storedZone,
    });
    return { decided, opsdeckRows, mail };
  });
}

/** `3 quarantined rates of TRY were accepted`. */
function whatDecided(action: RateDecision['action'], decided: readonly WaitingRate[]): string {
  const codes = [...new Set(decided.map(({ quote }) => quote))].join(', ');
  const words = `${count(decided.length, 'quarantined rate')} of ${codes}`;
  return `${words} ${decided.length === 1 ? 'was' : 'were'} ${action === 'accept' ? 'accepted' : 'rejected'}`;
}

/** The held rates that a decision would be about. */
export async function readSelected(
  db: Kysely<Database>,
  selection: RateSelection,
): Promise<readonly WaitingRate[]> {
  const { rows } = await sql<WaitingRate>`
    select id, provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at
      from opsdeck_jobs.fx_held where ${selected(selection)} order by quote, rate_date, id`.execute(db);
  return rows;
}

function selected({ codes, from, until, ids }: RateSelection): RawBuilder<boolean> {
  return sql<boolean>`
    state = 'held' and quote = any (${[...codes]}::text[])
    and (${from}::date is null or rate_date >= ${from}::date)
    and (${until}::date is null or rate_date <= ${until}::date)
    and (${ids === undefined}::boolean or id = any (${[...(ids ?? [])]}::bigint[]))`;
}

async function markDecided(
  trx: Transaction<Database>,
  decision: RateDecision,
  now: Date,
): Promise<readonly WaitingRate[]> {
  const { action, note, author } = decision;
  const state = action === 'accept' ? 'accepted' : 'rejected';
  const { rows } = await sql<WaitingRate>`
    with decided as (
      update opsdeck_jobs.fx_held
         set state = ${state}, decided_at = ${now}::timestamptz, decided_by = ${author.actor}, note = ${note}
       where ${selected(decision)}
      returning id, provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at
    )
    select * from decided order by quote, rate_date, id`.execute(trx);
  return rows;
}

async function logDecision(
  trx: Transaction<Database>,
  { action, codes, note, author }: RateDecision,
  decided: readonly WaitingRate[],
  now: Date,
): Promise<void> {
  const entries = codes.flatMap((code) => {
    const rates = decided.filter(({ quote }) => quote === code);
    const [first] = rates;
    if (first === undefined) return [];
    return {
      subject: `rate:${code}`,
      before: JSON.stringify({ rate: first.compared_rate, date: first.compared_date }),
      after: JSON.stringify({
        rates: rates.map(({ provider, base, rate_date, rate }) => ({
          provider,
          base,
          date: rate_date,
          rate,
        })),
        entered_by: author.enteredBy,
      }),
    };
  });
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
    select ${now}::timestamptz, ${author.actor}, ${`rate.${action}`}, e.subject, e.before::jsonb, e.after::jsonb, ${note}
      from unnest(${entries.map(({ subject }) => subject)}::text[], ${entries.map(({ before }) => before)}::text[],
                  ${entries.map(({ after }) => after)}::text[]) as e (subject, before, after)`.execute(trx);
}

/** With the time and the run of when they were fetched. Of one day the one that was fetched last is the newest version. */
async function storeAccepted(trx: Transaction<Database>, decided: readonly WaitingRate[]): Promise<void> {
  await sql`
    insert into opsdeck_jobs.fx_rate (provider, rate_date, base, quote, version, rate, fetched_at, run_id)
    select h.provider, h.rate_date, h.base, h.quote,
           coalesce((select max(r.version) from opsdeck_jobs.fx_rate r
                      where (r.provider, r.rate_date, r.base, r.quote) = (h.provider, h.rate_date, h.base, h.quote)), 0)
             + row_number() over (partition by h.provider, h.rate_date, h.base, h.quote order by h.fetched_at, h.id),
           h.rate, h.fetched_at, h.run_id
      from opsdeck_jobs.fx_held h where h.id = any (${decided.map(({ id }) => id)}::bigint[])`.execute(trx);
}
