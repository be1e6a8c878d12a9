import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { foldingCollation } from '../compare/compare-staged.ts';
import { comparedKey } from '../compare/key.sql.ts';
import type { Departure } from './people.sql.ts';
import type { System } from './systems.sql.ts';

/** The account that somebody who left would have in a system. */
export interface LeaverKey {
  /** Place in the list of departures. */
  readonly place: number;
  readonly comparisonId: number;
  readonly key: string;
}

const keyRow = z.object({ place: z.int(), comparisonId: z.int(), key: z.string().nullable() });

/**
 * The keys of everybody in every system, by its key rules. A list and a system belong together if they are of one comparison, or have at least
 * one key in common: where a system knows people by other names than the list, nothing is looked for. Two statements.
 */
export async function leaverKeys(
  db: Kysely<Database>,
  departures: readonly Departure[],
  systems: readonly System[],
  lists: readonly System[],
): Promise<{ readonly keys: readonly LeaverKey[]; readonly joined: ReadonlySet<number> }> {
  if (systems.length === 0) return { keys: [], joined: new Set() };
  const collation = await foldingCollation(db);
  /** 0: the people of OpsDeck. */
  const sources = lists.length === 0 ? [0] : lists.map((one) => one.comparison_id);
  const parts = systems.flatMap(({ comparison_id: system, settings }) =>
    sources.map((source): RawBuilder<unknown> => {
      const asked = sql`select w.place, ${system}::int as system, w.key from wanted w where w.list = ${source}::int`;
      if (source === system) return sql`${asked} union all select 0, ${system}::int, null`;
      const key = comparedKey(sql`k.key`, settings.key, collation);
      return sql`
        select k.place, ${system}::int, ${key}
          from (select w.place, w.key from wanted w where w.list = ${source}::int
                union all select 0, null) k
         where exists (select from opsdeck_jobs.uar_population p
                        where p.comparison_id = ${system}::int and p.key_text <> ''
                          and p.key_text in (select ${key} from (${keysOf(source)}) k))`;
    }),
  );
  const { rows } = await sql`
    with wanted as materialized (
      select * from unnest(${departures.map((_, index) => index + 1)}::int[], ${departures.map(({ list }) => list ?? 0)}::int[],
                           ${departures.map(({ key }) => key)}::text[]) as w (place, list, key)
    )
    select place, system as "comparisonId", key
      from (${sql.join(parts, sql` union all `)}) found (place, system, key)`.execute(db);
  const all = rows.map((row) => keyRow.parse(row));
  return {
    keys: all.flatMap(({ place, key, ...one }) =>
      place === 0 || key === null || key === '' ? [] : [{ ...one, place: place - 1, key }],
    ),
    joined: new Set(all.map(({ comparisonId }) => comparisonId)),
  };
}

/** `key`: of everybody in the list. */
function keysOf(source: number): RawBuilder<unknown> {
  return source === 0
    ? sql`select email::text as key from public."user"`
    : sql`select key_text as key from opsdeck_jobs.uar_population where comparison_id = ${source}::int and side = 'a'`;
}
