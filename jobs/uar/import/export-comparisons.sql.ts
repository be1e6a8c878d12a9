import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { comparisonColumns } from './write-comparisons.sql.ts';

/** One comparison; the values are JSON texts as they are stored, so that numbers keep their digits. */
export interface ExportedComparison {
  readonly name: string;
  readonly values: ReadonlyArray<readonly [key: string, json: string]>;
}

/**
 * The comparisons that are not archived, as `uar import` reads them, in the order of their numbers: what is null is left out. One
 * statement.
 *
 * @param id only this one; null: all.
 */
export async function exportComparisons(
  db: Kysely<Database>,
  id: number | null,
): Promise<readonly ExportedComparison[]> {
  const values = ['name', ...comparisonColumns].map((name, place) => {
    const column = sql.ref(`c.${name}`);
    return sql`(${sql.lit(place)}, ${sql.lit(name)}, to_json(${column})::text)`;
  });
  const settings = sql`(${sql.lit(values.length)}, 'settings', nullif(o.settings, '{}')::text)`;
  const { rows } = await sql<{ name: string; values: [string, string][] }>`
    select c.name, (select json_agg(json_build_array(v.key, v.json) order by v.place)
                      from (values ${sql.join([...values, settings])}) as v (place, key, json)
                     where v.json is not null and v.json <> 'null') as "values"
      from public.uar_comparison c left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
     where c.is_archived is distinct from true and (${id}::integer is null or c.id = ${id}::integer)
     order by c.id`.execute(db);
  return rows;
}
