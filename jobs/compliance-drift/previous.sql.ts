import { type RawBuilder, sql } from 'kysely';
import { evaluatorVersion } from './evaluate.sql.ts';

/** The stored text of a snapshot is what was written, to the byte. */
const intact = sql`
  a.id is not null and sha256(convert_to(a.snapshot_data::text, 'UTF8')) = s.content_hash`;

/**
 * CTEs `candidate` to `before`: what the newest earlier snapshot says about each framework of `scope`, of whatever age.
 *
 * A snapshot counts if it is one of ours, of the same evaluator version, and its text still has the hash that we stored: one that was
 * deleted, altered or damaged is passed over for the one before it (`skipped` says how many), and JSON that we did not write is
 * never read. Usually one snapshot is the newest of all frameworks: it is checked and parsed once.
 */
export const previousState: RawBuilder<unknown> = sql`
  candidate as materialized (
    select f.framework_id, f.audit_id
      from opsdeck_jobs.drift_snapshot_framework f
      join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id and s.evaluator_version = ${evaluatorVersion}::int
     where f.framework_id in (select framework_id from evaluated_framework)
  ),
  newest as materialized (
    select framework_id, max(audit_id) as audit_id from candidate group by framework_id
  ),
  checked as materialized (
    select s.audit_id, ${intact} as intact
      from opsdeck_jobs.drift_snapshot s left join compliance_audit a on a.id = s.audit_id
     where s.audit_id in (select audit_id from newest)
  ),
  chosen as materialized (
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
  skipped as (
    select n.framework_id, count(c.audit_id)::int as skipped
      from chosen n left join candidate c on c.framework_id = n.framework_id and c.audit_id > coalesce(n.audit_id, 0)
     group by n.framework_id
  ),
  before as (
    select n.framework_id, c.key::int as control_pk, c.state
      from (select a.id as audit_id, c.key, c.value::jsonb as state
              from compliance_audit a cross join lateral json_each(a.snapshot_data #> '{opsdeck_jobs,controls}') c
             where a.id in (select audit_id from chosen)) c
      join chosen n on n.audit_id = c.audit_id and n.framework_id = (c.state -> 'framework')::int
  )`;
