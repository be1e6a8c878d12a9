import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { InconclusiveSource } from '../../../src/sources/source.ts';
import { count } from '../../../src/text/count.ts';
import type { DeadlineQuery } from './setting.ts';

/** The temporary table that an answer is loaded into. */
export const answerTable = 'deadline_answer';

const needed = ['name', 'date'] as const;
const known = [...needed, 'owner', 'cost', 'currency', 'link'] as const;

/** The answer as rows of text: a column that it does not have is null. @throws InconclusiveSource when columns are missing or unknown. */
export function answerRows({ key }: DeadlineQuery, columns: readonly string[]): RawBuilder<unknown> {
  const wanted = [...needed, ...(key === 'name' ? [] : [key])];
  const missing = wanted.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw new InconclusiveSource(`The query gives no column ${missing.join(', ')}.`);
  const unknown = columns.filter((name) => name !== key && !known.some((one) => one === name));
  if (unknown.length > 0) {
    throw new InconclusiveSource(
      `The query gives columns that have no meaning here: ${unknown.join(', ')}. Known are ${known.join(', ')}.`,
    );
  }
  const cell = (name: string) =>
    columns.includes(name) ? sql.id(`c${columns.indexOf(name) + 1}`) : sql`null::text`;
  const cells = known.map((name) => sql`nullif(btrim(${cell(name)}), '') as ${sql.id(name)}`);
  return sql`select row_no, btrim(${cell(key)}) as key, ${sql.join(cells)} from ${sql.id('pg_temp', answerTable)}`;
}

/** A day of the calendar from year 1 to 9999, without a time: the cast cannot fail after it. */
const isDay = sql`
  case when date ~ '^\\d{4}-(0[1-9]|1[0-2])-\\d{2}$' and date >= '0001'
       then substr(date, 9, 2)::integer between 1 and extract(day from
              make_date(substr(date, 1, 4)::integer, substr(date, 6, 2)::integer, 1) + interval '1 month - 1 day')::integer
       else false end`;

/** One statement. @throws InconclusiveSource that names the first row that cannot be watched: an answer is taken whole, or not at all. */
export async function checkAnswer(trx: Transaction<Database>, rows: RawBuilder<unknown>): Promise<void> {
  const { rows: found } = await sql<{ name: string | null; problem: string; wrong: number; total: number }>`
    with answer as (${rows}), judged as (
      select row_no, name, case
        when coalesce(key, '') = '' then 'its key is empty'
        when length(key) > 200 then 'its key has more than 200 characters'
        when name is null then 'its name is empty'
        when length(name) > 200 then 'its name has more than 200 characters'
        when name ~ '[[:cntrl:]]' or key ~ '[[:cntrl:]]' then 'its name or key has a line break or another control character'
        when count(*) over (partition by key) > 1 then 'another row has the same key'
        when date is null then 'it has no date; leave it out with WHERE, or give one'
        when not ${isDay} then 'its date is ' || left(date, 40) || '; give a day such as 2026-03-01, of the type date'
        when cost !~ '^\\d{1,12}(\\.\\d{1,20})?$' then 'its cost is ' || left(cost, 40) || '; give an amount such as 1200.50'
        when currency !~* '^[a-z]{3}$' then 'its currency is ' || left(currency, 40) || '; give a code such as EUR'
        when length(link) > 2000 or link !~ '^https?://[^[:space:]]+$' then 'its link is no address that begins with https://'
        end as problem
      from answer
    )
    select coalesce(name, '') as name, problem, count(*) over ()::integer as wrong, (select count(*)::integer from answer) as total
      from judged where problem is not null order by row_no limit 1`.execute(trx);
  const [first] = found;
  if (first === undefined) return;
  const { name, problem, wrong, total } = first;
  const which = name === null || name === '' ? 'A row without a name' : name;
  throw new InconclusiveSource(
    `${which}: ${problem} (${count(wrong, 'row', 'rows')} of ${total} cannot be watched).`,
  );
}

/** What an answer changed. */
export interface StoredAnswer {
  readonly added: number;
  readonly changed: number;
  /** That the answer no longer has. */
  readonly gone: number;
  /** Rows that name an owner who is no user. */
  readonly strangers: number;
}

/** One statement: what the answer is compared with, and where it goes. `write` false: it is only compared. */
export async function storeAnswer(
  trx: Transaction<Database>,
  name: string,
  rows: RawBuilder<unknown>,
  { now, write }: { readonly now: Date; readonly write: boolean },
): Promise<StoredAnswer> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const fields = sql`x.name, x.due_on, x.owner_id, x.cost, x.currency, x.link`;
  const values = sql`a.name, a.due_on, a.owner_id, a.cost, a.currency, a.link`;
  const compared = sql`
    answer as (${rows}), person as (
      select lower(email) as email, min(id) as id from "user" where email is not null group by 1 having count(*) = 1
    ), wanted as (
      select a.key, a.name, a.date::date as due_on, p.id as owner_id, a.cost::numeric as cost, upper(a.currency) as currency, a.link,
             a.owner is not null and p.id is null as strange
        from answer a left join person p on p.email = lower(a.owner)
    ), stale as (
      select x.id from wanted a join opsdeck_jobs.deadline x on x.query = ${name}::text and x.key = a.key
       where x.gone_at is not null or (${fields}) is distinct from (${values})
    ), fresh as (
      select a.* from wanted a
       where not exists (select from opsdeck_jobs.deadline x where x.query = ${name}::text and x.key = a.key)
    ), lost as (
      select x.id from opsdeck_jobs.deadline x
       where x.query = ${name}::text and x.gone_at is null and not exists (select from wanted a where a.key = x.key)
    )`;
  const written = sql`, changed as (
      update opsdeck_jobs.deadline x
         set name = a.name, due_on = a.due_on, owner_id = a.owner_id, cost = a.cost, currency = a.currency, link = a.link,
             gone_at = null, changed_at = ${at}
        from wanted a where x.query = ${name}::text and x.key = a.key and x.id in (select id from stale)
    ), added as (
      insert into opsdeck_jobs.deadline (kind, name, due_on, owner_id, cost, currency, link, changed_at, query, key)
      select ${name}::text, a.name, a.due_on, a.owner_id, a.cost, a.currency, a.link, ${at}, ${name}::text, a.key
        from fresh a order by a.key
    ), ended as (
      update opsdeck_jobs.deadline x set gone_at = ${at}, changed_at = ${at} where x.id in (select id from lost)
    )`;
  const { rows: counts } = await sql<StoredAnswer>`
    with ${compared}${write ? written : sql``}
    select (select count(*)::integer from fresh) as added, (select count(*)::integer from stale) as changed,
           (select count(*)::integer from lost) as gone, (select count(*)::integer from wanted where strange) as strangers`.execute(
    trx,
  );
  const [stored] = counts;
  if (stored === undefined) throw new Error('an aggregate gave no row');
  return stored;
}

/** One statement: the items of queries that are not configured any more are gone; how many, by query. */
export async function endRemoved(
  trx: Transaction<Database>,
  names: readonly string[],
  { now, write }: { readonly now: Date; readonly write: boolean },
): Promise<readonly { readonly query: string; readonly items: number }[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const removed = sql`x.query is not null and x.query <> all (${names}::text[]) and x.gone_at is null`;
  const ended = write
    ? sql`update opsdeck_jobs.deadline x set gone_at = ${at}, changed_at = ${at} where ${removed} returning x.query`
    : sql`select x.query from opsdeck_jobs.deadline x where ${removed}`;
  const { rows } = await sql<{ query: string; items: number }>`
    with ended as (${ended}) select query, count(*)::integer as items from ended group by query order by query`.execute(
    trx,
  );
  return rows;
}
