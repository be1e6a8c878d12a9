import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { System } from './systems.sql.ts';

/** Somebody whose departure is written down, as it is written. */
export interface Departure {
  /** The comparison whose side A has it; null: an offboarding of OpsDeck. */
  readonly list: number | null;
  /** As it was compared; of an offboarding the address. */
  readonly key: string;
  readonly name: string | null;
  readonly text: string;
  /** Of an offboarding whose date was written over: the date now. */
  readonly now: string | null;
  /** The list has the person again without a departure, or they were hired again. */
  readonly returned: boolean;
}

const listed = z.object({
  list: z.int(),
  key: z.string(),
  text: z.string(),
  returned: z.boolean(),
});

/** Longer texts are no dates; the report names them. */
const longest = 60;

/** Everybody with a departure in one of the lists: by the newest row that has one. One statement. */
export async function listedDepartures(
  db: Kysely<Database>,
  lists: readonly System[],
): Promise<readonly Departure[]> {
  if (lists.length === 0) return [];
  const { rows } = await sql`
    with listed as materialized (
      select p.comparison_id as list, p.key_text as key, nullif(btrim(p.shown ->> l.departure), '') as text,
             coalesce(p.last_execution, 2147483647) as until, p.first_execution
        from unnest(${lists.map((one) => one.comparison_id)}::int[], ${lists.map(({ settings }) => settings.departure ?? '')}::text[]) as l (id, departure)
        join opsdeck_jobs.uar_population p on p.comparison_id = l.id and p.side = 'a' and p.state <> 'no_key' and p.key_text <> ''
    ),
    gone as (
      select distinct on (list, key) list, key, text, until from listed where text is not null
       order by list, key, until desc, first_execution desc, text desc
    )
    select g.list, g.key, left(g.text, ${longest}::int) as text,
           exists (select from listed n where n.list = g.list and n.key = g.key and n.text is null and n.until >= g.until) as returned
      from gone g order by g.list, g.key`.execute(db);
  return rows.map((row) => ({ ...listed.parse(row), name: null, now: null }));
}

const offboarding = z.object({
  id: z.int(),
  email: z.string(),
  name: z.string(),
  date: z.string(),
  returned: z.boolean(),
  changes: z.array(z.string()),
});

const change = z.object({ departure_date: z.object({ old: z.string().nullish() }) }).partial();

/**
 * Everybody whom OpsDeck offboards. Completing an offboarding writes its own day over the departure, so the first date that the journal has is
 * the one that counts. One statement.
 */
export async function offboardedDepartures(db: Kysely<Database>): Promise<{
  readonly departures: readonly Departure[];
  /** Offboardings with journal entries that cannot be read: their dates may not be the first ones. */
  readonly unsure: readonly string[];
}> {
  const { rows } = await sql`
    select p.id, coalesce(u.email, '') as email, coalesce(u.name, '') as name, p.departure_date::text as date,
           exists (select from public.onboarding_process o where o.user_id = p.user_id and o.start_date > p.departure_date)
           or exists (select from public.offboarding_process o where o.user_id = p.user_id and o.departure_date > p.departure_date) as returned,
           coalesce((select array_agg(a.changes order by a.id) from public.audit_log a
                      where a.entity_type = 'OffboardingProcess' and a.entity_id = p.id and a.action = 'update'
                        and a.changes like '%"departure_date"%'), '{}') as changes
      from public.offboarding_process p
      left join public."user" u on u.id = p.user_id
     order by p.departure_date, p.id`.execute(db);
  const unsure: string[] = [];
  const departures = rows.map((row): Departure => {
    const { id, email, name, date, returned, changes } = offboarding.parse(row);
    const read = changes.map(readChange);
    if (read.includes(null)) unsure.push(email === '' ? `offboarding ${id}` : email);
    const first = read.find((one) => typeof one === 'string');
    const text = first?.slice(0, longest) ?? date;
    return { list: null, key: email, name, text, now: text === date ? null : date, returned };
  });
  return { departures, unsure };
}

/** The date before the change; undefined: it was about something else; null: it cannot be read. */
function readChange(text: string): string | null | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const read = change.safeParse(value);
  if (!read.success) return null;
  return read.data.departure_date === undefined ? undefined : (read.data.departure_date.old ?? null);
}
