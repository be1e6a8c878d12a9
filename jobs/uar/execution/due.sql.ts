import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { type ComparisonRow, comparisonRow, scheduleOf } from '../comparison.ts';
import { nextRun } from '../schedule.ts';
import { ownSourceTypes } from '../sources/source-configs.ts';

/** `c` is OpsDeck's row: one of its source types is ours. */
const ours: RawBuilder<unknown> = sql`
  (c.source_a_type in (${sql.join([...ownSourceTypes].map((type) => sql.lit(type)))})
   or c.source_b_type in (${sql.join([...ownSourceTypes].map((type) => sql.lit(type)))}))`;

/** Enabled, scheduled, not archived; `o` is our row. Those that are executed by hand never fall due. */
const scheduled: RawBuilder<unknown> = sql`
  c.is_enabled and c.is_archived is distinct from true and coalesce(c.schedule_type, 'manual') <> 'manual'`;

/** Which of the times have come. */
export interface DueScope {
  readonly now: Date;
  /** For comparisons that OpsDeck executes, too; see `dueBy`. */
  readonly by: Date;
  readonly zones: Zones;
}

function isDue(scope: DueScope): RawBuilder<unknown> {
  return sql`(${timeHasCome(scope)} or (${scheduled} and not ${ours} and ${followsOpsdeck(scope.zones)}))`;
}

function timeHasCome({ now, by, zones }: DueScope): RawBuilder<unknown> {
  return sql`
    ${scheduled} and case when ${ours} then o.next_run_at <= ${now}::timestamptz
                          else c.next_run_at at time zone ${zones.stored}::text <= ${by}::timestamptz end`;
}

/**
 * OpsDeck executed it after us, and so moved its next run; it tells nobody of what it found. What it did before this job began to run
 * is taken over at the comparison's next time.
 */
function followsOpsdeck({ stored }: Zones): RawBuilder<unknown> {
  return sql`
    exists (
      select from public.uar_execution e
       where e.comparison_id = c.id and e.status = 'completed'
         and e.id > coalesce((select max(x.execution_id) from opsdeck_jobs.uar_execution_record x where x.comparison_id = c.id), 0)
         and coalesce(e.completed_at, e.started_at) at time zone ${stored}::text >
             coalesce(o.adopted_at, (select min(r.started_at) from opsdeck_jobs.job_run r where r.job = 'uar')))`;
}

/** A select of id, name and time: the comparisons that were due before this. */
export function dueSince(before: Date, zones: Zones): RawBuilder<unknown> {
  return sql`
    select c.id, c.name,
           case when ${ours} then o.next_run_at else c.next_run_at at time zone ${zones.stored}::text end as at
      from public.uar_comparison c left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
     where ${timeHasCome({ now: before, by: before, zones })}`;
}

export interface DueComparisons {
  /** By number, in the order in which they fell due. */
  readonly due: readonly number[];
  /** When the next one that is not due yet will be; null: none. */
  readonly next: Date | null;
  /** Enabled and not archived, due or not, also those that are executed by hand. */
  readonly enabled: number;
}

const dueRow = z.object({ due: z.array(z.int()), next: z.coerce.date().nullable(), enabled: z.int() });

/** One statement. */
export async function findDue(db: Kysely<Database>, scope: DueScope): Promise<DueComparisons> {
  const { zones } = scope;
  const { rows } = await sql<Record<string, unknown>>`
    with planned as materialized (
      select c.id, ${scheduled} as scheduled, ${isDue(scope)} as due,
             case when ${ours} then o.next_run_at else c.next_run_at at time zone ${zones.stored}::text end as at
        from public.uar_comparison c left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
       where c.is_enabled and c.is_archived is distinct from true
    )
    select (select coalesce(json_agg(id order by at, id), '[]') from planned where due) as due,
           (select min(at) from planned where scheduled and not coalesce(due, false)) as next,
           (select count(*)::int from planned) as enabled`.execute(db);
  return dueRow.parse(rows[0]);
}

const unplannedRow = z.object({
  id: z.int(),
  schedule_type: z.string().nullable(),
  schedule_config: z.json(),
});

/**
 * Comparisons with source types of ours: takes OpsDeck's own time away, which its form sets, so that its sweep leaves them alone;
 * and gives those that have no time of ours yet their first one. At most three statements. One whose schedule cannot be read is
 * due at once, so that it fails where people see it.
 */
export async function planOurs(trx: Transaction<Database>, now: Date, zones: Zones): Promise<void> {
  const { rows } = await sql`
    select c.id, c.schedule_type,
           -- Of text that jsonb cannot hold a string is made: no schedule, but no failure of all the others either.
           case when c.schedule_config is not null
                then coalesce(opsdeck_jobs.try_jsonb(c.schedule_config::text), '"unreadable"') end as schedule_config
      from public.uar_comparison c left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
     where ${ours} and (c.next_run_at is not null or (${scheduled} and o.next_run_at is null))
     order by c.id`.execute(trx);
  if (rows.length === 0) return;
  await sql`update public.uar_comparison c set next_run_at = null where ${ours} and c.next_run_at is not null`.execute(
    trx,
  );
  const first = z
    .array(unplannedRow)
    .parse(rows)
    .map((row) => {
      const schedule = scheduleOf(row);
      return { id: row.id, at: schedule === null ? now : nextRun(schedule, now, zones.business) };
    });
  await sql`
    insert into opsdeck_jobs.uar_comparison_state (comparison_id, next_run_at)
    select id, at from unnest(${first.map(({ id }) => id)}::int[], ${first.map(({ at }) => at?.toISOString() ?? null)}::timestamptz[]) as t (id, at)
     order by id
    on conflict (comparison_id) do update set next_run_at = excluded.next_run_at
     where uar_comparison_state.next_run_at is null`.execute(trx);
}

/** The list of a JSON source may be long, and is read where it is stored. */
function sourceConfig(side: 'a' | 'b'): RawBuilder<unknown> {
  const config = sql.ref(`c.source_${side}_config`);
  return sql`
    case when ${sql.ref(`c.source_${side}_type`)} = 'JSON' then '{"json_data": "(see its SHA-256)"}' else ${config}::jsonb end
      as ${sql.ref(`source_${side}_config`)}`;
}

/** One comparison as it is now, and whether it is due. undefined: it is not there, or archived. One statement. */
export async function readComparisonRow(
  db: Kysely<Database>,
  id: number,
  scope: DueScope,
): Promise<{ readonly row: ComparisonRow; readonly due: boolean } | undefined> {
  const { rows } = await sql<Record<string, unknown>>`
    select c.id, c.name, c.source_a_type, ${sourceConfig('a')}, c.source_b_type,
           ${sourceConfig('b')}, c.key_field_a, c.key_field_b, c.field_mappings::jsonb as field_mappings,
           c.schedule_type, c.schedule_config::jsonb as schedule_config, c.alert_on_left_only, c.alert_on_right_only,
           c.alert_on_mismatches, c.min_findings_threshold, c.notification_channels::jsonb as notification_channels,
           c.notification_recipients::jsonb as notification_recipients, c.auto_create_incidents, c.auto_incident_severity,
           coalesce(o.settings, '{}') as settings, o.adopted_at, coalesce(${isDue(scope)}, false) as due
      from public.uar_comparison c left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
     where c.id = ${id}::int and c.is_archived is distinct from true`.execute(db);
  const [found] = rows;
  return found === undefined ? undefined : { row: comparisonRow.parse(found), due: found['due'] === true };
}
