import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { evaluatorVersion } from './evaluate.sql.ts';

/** The stored text of a snapshot is what was written, to the byte. */
const intact = sql`
  a.id is not null and sha256(convert_to(a.snapshot_data::text, 'UTF8')) = s.content_hash`;

/**
 * CTEs `candidate` to `before`: what the newest earlier snapshot says about each framework of `scope`, of whatever age.
 *
 * A snapshot counts if it is one of ours, of this evaluator version or an earlier one, and its text still has the hash that we stored:
 * one that was deleted, altered or damaged is passed over for the one before it (`skipped` says how many), and JSON that we did not
 * write is never read. Usually one snapshot is the newest of all frameworks: it is checked and parsed once.
 *
 * A framework without a snapshot that has the name of one that was deleted is that framework, created again: it is compared with
 * the other's snapshots, its controls by their identifiers.
 */
export const previousState: RawBuilder<unknown> = sql`
  candidate as materialized (
    select f.framework_id, f.framework_id as recorded_id, f.audit_id, s.evaluator_version
      from opsdeck_jobs.drift_snapshot_framework f
      join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id and s.evaluator_version <= ${evaluatorVersion}::int
     where f.framework_id in (select framework_id from evaluated_framework)
    union all
    select e.framework_id, f.framework_id, f.audit_id, s.evaluator_version
      from evaluated_framework e
      join opsdeck_jobs.drift_snapshot_framework f on f.framework_name = e.framework_name
      join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id and s.evaluator_version <= ${evaluatorVersion}::int
     where not exists (select from opsdeck_jobs.drift_snapshot_framework own where own.framework_id = e.framework_id)
       and not exists (select from framework still where still.id = f.framework_id)
  ),
  newest as materialized (
    select framework_id, max(audit_id) as audit_id from candidate group by framework_id
  ),
  checked as materialized (
    select s.audit_id, ${intact} as intact
      from opsdeck_jobs.drift_snapshot s left join compliance_audit a on a.id = s.audit_id
     where s.audit_id = any (array(select audit_id from newest))
  ),
  usable as materialized (
    select n.framework_id, case when c.intact then n.audit_id else older.audit_id end as audit_id
      from newest n
      join checked c on c.audit_id = n.audit_id
      -- One at a time, newest first, and only where the newest is not intact: each look reads a whole snapshot.
      left join lateral (
        select o.audit_id
          from (select audit_id from candidate
                 where framework_id = n.framework_id and audit_id < n.audit_id and not c.intact
                 order by audit_id desc offset 0) o
         where (select ${intact} from opsdeck_jobs.drift_snapshot s left join compliance_audit a on a.id = s.audit_id
                 where s.audit_id = o.audit_id)
         order by o.audit_id desc limit 1) older on not c.intact
  ),
  chosen as materialized (
    select u.framework_id, u.audit_id, c.recorded_id, c.evaluator_version
      from usable u left join candidate c on c.framework_id = u.framework_id and c.audit_id = u.audit_id
  ),
  skipped as (
    select n.framework_id, count(c.audit_id)::int as skipped
      from chosen n left join candidate c on c.framework_id = n.framework_id and c.audit_id > coalesce(n.audit_id, 0)
     group by n.framework_id
  ),
  -- By id, before anything is parsed: the planner would otherwise parse every stored snapshot and then choose.
  body as materialized (
    select a.id as audit_id, a.snapshot_data
      from compliance_audit a where a.id = any (array(select audit_id from chosen))
  ),
  recorded as (
    select n.framework_id, n.recorded_id <> n.framework_id as recreated, c.key::int as control_pk, c.state
      from (select b.audit_id, c.key, c.value::jsonb as state
              from body b cross join lateral json_each(b.snapshot_data #> '{opsdeck_jobs,controls}') c) c
      join chosen n on n.audit_id = c.audit_id and n.recorded_id = (c.state -> 'framework')::int
  ),
  before as (
    select framework_id, control_pk, state from recorded where not recreated
    union all
    -- Of several controls of one identifier the first is the first again.
    select r.framework_id, coalesce(c.control_pk, r.control_pk), r.state
      from (select *, state ->> 'control_id' as control_id,
                   row_number() over (partition by framework_id, state ->> 'control_id' order by control_pk) as place
              from recorded where recreated) r
      left join (select framework_id, control_id, control_pk,
                        row_number() over (partition by framework_id, control_id order by control_pk) as place
                   from scope where framework_id in (select framework_id from chosen where recorded_id <> framework_id)) c
        on c.framework_id = r.framework_id and c.control_id = r.control_id and c.place = r.place
  )`;

/**
 * CTE `lost`: the frameworks that a check of all frameworks recorded and this one has not: switched off, deleted, or deleted and created
 * again. Empty where only one framework is checked. The newest check of all frameworks has recorded what was lost before it.
 */
export function lostFrameworks(frameworkId: number | null): RawBuilder<unknown> {
  return sql`
  whole_check as materialized (
    select s.audit_id
      from opsdeck_jobs.drift_snapshot s left join opsdeck_jobs.job_run r on r.id = s.run_id
     where r.params is null or not r.params ? 'framework'
     order by s.audit_id desc limit 1
  ),
  lost as (
    select f.framework_id, f.framework_name, f.audit_id, f.controls, f.status,
           case when exists (select from framework still where still.id = f.framework_id) then 'framework_switched_off'
                when exists (select from chosen c where c.recorded_id = f.framework_id) then 'framework_recreated'
                else 'framework_deleted' end as cause
      from (select distinct on (framework_id) * from opsdeck_jobs.drift_snapshot_framework
             where audit_id >= coalesce((select audit_id from whole_check), 0)
             order by framework_id, audit_id desc) f
     where ${frameworkId}::int is null and f.framework_id not in (select framework_id from evaluated_framework)
  )`;
}

/** Snapshots that OpsDeck's own job stored. One statement. */
export async function countOpsdeckSnapshots(trx: Transaction<Database>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from compliance_audit a
     where a.audit_type = 'drift_snapshot'
       and not exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = a.id)`.execute(trx);
  return rows[0]?.count ?? 0;
}
