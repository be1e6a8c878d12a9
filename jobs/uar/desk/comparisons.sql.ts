import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { isUrgent } from '../../../src/job/severity.sql.ts';
import type { Json } from '../../../src/text/json.ts';
import type { Zones } from '../../../src/time/zones.ts';

/** One comparison, its last execution, and what is open. */
export interface ListedComparison {
  readonly id: number;
  readonly name: string;
  readonly source_a: string;
  readonly source_b: string;
  readonly enabled: boolean;
  readonly schedule_type: string | null;
  readonly schedule_config: Json;
  readonly next_run_at: Date | null;
  readonly last_execution_id: number | null;
  readonly last_finished_at: Date | null;
  /** `completed`, `inconclusive`, `failed`; OpsDeck's own word where the execution was not ours. */
  readonly last_outcome: string | null;
  readonly last_reason: string | null;
  readonly open_findings: number;
  /** Critical and high ones among them. */
  readonly urgent_findings: number;
  /** The newest execution that was signed off. */
  readonly signed_off_execution_id: number | null;
}

/** Every comparison that is not archived, by name. One statement. */
export async function listComparisons(
  db: Kysely<Database>,
  zones: Zones,
): Promise<readonly ListedComparison[]> {
  const { rows } = await sql<ListedComparison>`
    select c.id, c.name, c.source_a_type as source_a, c.source_b_type as source_b,
           c.is_enabled is distinct from false as enabled, c.schedule_type, c.schedule_config::jsonb as schedule_config,
           coalesce(c.next_run_at at time zone ${zones.stored}, o.next_run_at) as next_run_at,
           e.id as last_execution_id, e.completed_at at time zone ${zones.stored} as last_finished_at,
           coalesce(x.outcome, e.status) as last_outcome, coalesce(x.reason, e.error_message) as last_reason,
           coalesce(w.open, 0) as open_findings, coalesce(w.urgent, 0) as urgent_findings,
           s.execution_id as signed_off_execution_id
      from public.uar_comparison c
      left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
      left join lateral (select * from public.uar_execution e where e.comparison_id = c.id order by e.id desc limit 1) e on true
      left join opsdeck_jobs.uar_execution_record x on x.execution_id = e.id
      left join (
        select e.comparison_id, count(*)::integer as open,
               count(*) filter (where ${isUrgent(sql.ref('f.severity'))})::integer as urgent
          from public.uar_finding f join public.uar_execution e on e.id = f.execution_id
         where f.status = 'open' group by e.comparison_id) w on w.comparison_id = c.id
      left join (
        select x.comparison_id, max(s.execution_id) as execution_id
          from opsdeck_jobs.uar_sign_off s join opsdeck_jobs.uar_execution_record x using (execution_id)
         group by x.comparison_id) s on s.comparison_id = c.id
     where c.is_archived is distinct from true
     order by lower(c.name), c.id`.execute(db);
  return rows;
}
