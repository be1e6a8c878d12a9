import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';

/**
 * What became of an access that B had. `removed`: a later completed execution of the same source, filter and key rules does not have it.
 * `open`: it is not there any more, but only executions of another source or other rules looked.
 */
const removal = z.object({
  state: z.enum(['present', 'removed', 'open']),
  last_seen_execution: z.int(),
  last_seen_at: z.date().nullable(),
  first_absent_execution: z.int().nullable(),
  first_absent_at: z.date().nullable(),
});
export type Removal = z.output<typeof removal>;

/** An account of B: by its key, or, without one, by its label. */
export interface Access {
  readonly key: string;
  readonly withoutKey: boolean;
}

const removalRow = removal.extend({ place: z.int() });

/** By the place in the list; what no population has is not there. One statement. */
export async function readRemovals(
  db: Kysely<Database>,
  comparisonId: number,
  accesses: readonly Access[],
): Promise<ReadonlyMap<number, Removal>> {
  if (accesses.length === 0) return new Map();
  const { rows } = await sql`
    with executed as materialized (
      select execution_id, finished_at, population #>> '{b,definition}' as definition
        from opsdeck_jobs.uar_execution_record where comparison_id = ${comparisonId}::int and population is not null
    ),
    newest as (select max(execution_id) as execution_id from executed),
    seen as (
      select w.place, bool_or(p.last_execution is null) as present,
             max(coalesce(p.last_execution, n.execution_id)) as last_execution
        from unnest(${accesses.map(({ key }) => key)}::text[], ${accesses.map(({ withoutKey }) => withoutKey)}::boolean[])
               with ordinality as w (key, without_key, place)
        join opsdeck_jobs.uar_population p
          on p.comparison_id = ${comparisonId}::int and p.side = 'b' and p.state <> 'excluded'
         and p.key_text = w.key and (p.state = 'no_key') = w.without_key
       cross join newest n
       where n.execution_id is not null
       group by w.place
    )
    select s.place::int as place, s.last_execution as last_seen_execution, l.finished_at as last_seen_at,
           case when s.present then 'present' when f.execution_id is null then 'open' else 'removed' end as state,
           f.execution_id as first_absent_execution, f.finished_at as first_absent_at
      from seen s
      left join executed l on l.execution_id = s.last_execution
      left join lateral (
        select e.execution_id, e.finished_at from executed e
         where not s.present and e.execution_id > s.last_execution and e.definition = l.definition
         order by e.execution_id limit 1) f on true`.execute(db);
  return new Map(
    rows.map((row) => {
      const { place, ...one } = removalRow.parse(row);
      return [place - 1, one];
    }),
  );
}
