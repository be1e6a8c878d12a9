import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { sideNames } from '../alert/side-names.ts';
import { type ComparisonSettings, comparisonSettings } from '../compare/settings.ts';

/** Side B of a comparison, by the newest execution that kept a population. */
export interface System {
  readonly comparison_id: number;
  readonly comparison: string;
  readonly name: string;
  /** Side A, which says who left where `settings.departure` is set. */
  readonly list: string;
  /** Archived: it is read no more. */
  readonly archived: boolean;
  readonly first_read_at: Date;
  readonly last_read_at: Date;
  /** As it was executed last: by them the keys of the population were made. */
  readonly settings: ComparisonSettings;
  /** As it is set now; null: none. */
  readonly limit: number | null;
}

/** A comparison that is set to say who left, and has no execution that read it. */
export interface UnreadList {
  readonly comparison_id: number;
  readonly comparison: string;
  readonly departure: string;
}

const systemRow = z.object({
  comparison_id: z.int(),
  comparison: z.string(),
  archived: z.boolean(),
  now: z.json(),
  first_read_at: z.date().nullable(),
  last_read_at: z.date().nullable(),
  config: z.json(),
});

const recorded = z.object({
  source_a: z.object({ type: z.string(), config: z.json() }),
  source_b: z.object({ type: z.string(), config: z.json() }),
  settings: comparisonSettings,
});

/** By name. One statement. */
export async function readSystems(
  db: Kysely<Database>,
): Promise<{ readonly systems: readonly System[]; readonly unread: readonly UnreadList[] }> {
  const { rows } = await sql`
    select c.id as comparison_id, c.name as comparison, coalesce(c.is_archived, false) as archived, s.settings as now,
           x.first_read_at, x.finished_at as last_read_at, x.config
      from public.uar_comparison c
      join opsdeck_jobs.uar_comparison_state s on s.comparison_id = c.id
      left join (select distinct on (comparison_id) comparison_id, finished_at, config,
                        min(finished_at) over (partition by comparison_id) as first_read_at
                   from opsdeck_jobs.uar_execution_record where population is not null
                  order by comparison_id, execution_id desc) x on x.comparison_id = c.id
     order by c.name collate "C", c.id`.execute(db);
  const systems: System[] = [];
  const unread: UnreadList[] = [];
  for (const row of rows) {
    const { config, now, first_read_at: first, last_read_at: last, ...one } = systemRow.parse(row);
    const settings = comparisonSettings.safeParse(now ?? {}).data;
    const executed = recorded.safeParse(config).data;
    if (settings?.departure !== undefined && executed?.settings.departure !== settings.departure)
      unread.push({
        comparison_id: one.comparison_id,
        comparison: one.comparison,
        departure: settings.departure,
      });
    if (executed === undefined || first === null || last === null) continue;
    const names = sideNames({
      source_a_type: executed.source_a.type,
      source_a_config: executed.source_a.config,
      source_b_type: executed.source_b.type,
      source_b_config: executed.source_b.config,
    });
    systems.push({
      ...one,
      name: names.b,
      list: names.a,
      first_read_at: first,
      last_read_at: last,
      settings: executed.settings,
      limit: settings?.leaver_limit ?? null,
    });
  }
  const twice = (name: string) => systems.filter((one) => one.name === name).length > 1;
  return {
    systems: systems.map((one) =>
      twice(one.name) ? { ...one, name: `${one.name} (${one.comparison})` } : one,
    ),
    unread,
  };
}
