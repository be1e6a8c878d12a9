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

/** An account of B of a comparison: by its key, or, without one, by its label. */
export interface Access {
  readonly comparisonId: number;
  readonly key: string;
  readonly withoutKey: boolean;
}

const removalRow = removal.extend({ place: z.int() });

/** By the place in the list; what no population has is not there. One statement. */
export async function readRemovals(
  db: Kysely<Database>,
  accesses: readonly Access[],
): Promise<ReadonlyMap<number, Removal>> {
  if (accesses.length === 0) return new Map();
  const { rows } = await sql`
    with wanted as (
      select * from unnest(${accesses.map((one) => one.comparisonId)}::int[], ${accesses.map(({ key }) => key)}::text[],
                           ${accesses.map(({ withoutKey }) => withoutKey)}::boolean[])
               with ordinality as w (comparison_id, key, without_key, place)
    ),
    executed as materialized (
      select comparison_id, execution_id, finished_at,
             lead(execution_id) over alike as next_execution, lead(finished_at) over alike as next_at
        from opsdeck_jobs.uar_execution_record
       where comparison_id in (select comparison_id from wanted) and population is not null
      window alike as (partition by comparison_id, population #>> '{b,definition}' order by execution_id)
    ),
    newest as (select comparison_id, max(execution_id) as execution_id from executed group by comparison_id),
    seen as (
      select w.place, bool_or(p.last_execution is null) as present,
             max(coalesce(p.last_execution, n.execution_id)) as last_execution
        from wanted w
        join newest n on n.comparison_id = w.comparison_id
        join opsdeck_jobs.uar_population p
          on p.comparison_id = w.comparison_id and p.side = 'b' and p.state <> 'excluded'
         and p.key_text = w.key and (p.state = 'no_key') = w.without_key
       group by w.place
    )
    select s.place::int as place, s.last_execution as last_seen_execution, l.finished_at as last_seen_at,
           case when s.present then 'present' when l.next_execution is null then 'open' else 'removed' end as state,
           case when not s.present then l.next_execution end as first_absent_execution,
           case when not s.present then l.next_at end as first_absent_at
      from seen s
      left join executed l on l.execution_id = s.last_execution`.execute(db);
  return new Map(
    rows.map((row) => {
      const { place, ...one } = removalRow.parse(row);
      return [place - 1, one];
    }),
  );
}
