import { type RawBuilder, sql } from 'kysely';
import { type EvaluationScope, evaluation } from './evaluate.sql.ts';
import { opsdeckStatuses } from './opsdeck-status.sql.ts';
import { previousState } from './previous.sql.ts';
import { utcOffset } from './utc-offset.sql.ts';

export interface ComparedScope extends EvaluationScope {
  /** OpsDeck's own job reads the snapshots, too: it finds the words of its own evaluation there. */
  readonly besideOpsdeck: boolean;
}

/** CTE `opsdeck_control` where there is no OpsDeck: our own statuses in its words. */
function ourStatuses({ zones }: ComparedScope): RawBuilder<unknown> {
  const midnight = sql`d.oldest_day::timestamp`;
  return sql`
  oldest as (
    select d.oldest_day, to_char(d.oldest_day, 'YYYY-MM-DD"T"00:00:00') || ${utcOffset(midnight, zones.business)} as oldest_evidence_date
      from (select distinct oldest_day from control) d where d.oldest_day is not null
  ),
  opsdeck_control as (
    select c.control_pk, case c.status when 'unknown' then 'uncovered' else c.status end as status, o.oldest_evidence_date
      from control c left join oldest o on o.oldest_day = c.oldest_day
     where c.control_pk is not null
  )`;
}

/**
 * CTEs that put the evaluation and the newest earlier snapshot side by side. `compared` has a row for each control that is there
 * now (`status`) or was then (`before_status`), and one with a NULL `control_pk` for a framework without controls. `difference`
 * has the controls whose status is not what it was, with their rules then and now; `earlier_changes` counts the snapshots in which
 * the control changed, of the last seven of its framework.
 */
export function comparison(scope: ComparedScope): RawBuilder<unknown> {
  return sql`
  ${evaluation(scope)},
  ${scope.besideOpsdeck ? opsdeckStatuses({ now: scope.now, zone: scope.zones.business }) : ourStatuses(scope)},
  ${previousState},
  framework_of_run as materialized (
    select f.framework_id, f.framework_name, n.audit_id as previous_audit_id, coalesce(s.skipped, 0) as skipped,
           n.evaluator_version as previous_version
      from evaluated_framework f
      left join chosen n on n.framework_id = f.framework_id
      left join skipped s on s.framework_id = f.framework_id
  ),
  compared as materialized (
    select f.*, coalesce(c.control_pk, b.control_pk) as control_pk,
           coalesce(c.control_id, b.state ->> 'control_id') as control_id,
           coalesce(c.name, b.state ->> 'name') as control_name,
           c.status, c.links, c.rules_count, c.rules, c.attestation, o.status as opsdeck_status, o.oldest_evidence_date,
           b.state ->> 'status' as before_status,
           -- Kept only where something is done with it: of most controls nothing is.
           case when b.state ->> 'status' is distinct from c.status or c.status = 'unknown' then b.state end as before
      from control c
      full join before b on b.framework_id = c.framework_id and b.control_pk = c.control_pk
      join framework_of_run f on f.framework_id = coalesce(c.framework_id, b.framework_id)
      left join opsdeck_control o on o.control_pk = c.control_pk
  ),
  recent as (
    select f.framework_id, r.audit_id
      from framework_of_run f
     cross join lateral (select audit_id from opsdeck_jobs.drift_snapshot_framework s
                          where s.framework_id = f.framework_id order by audit_id desc limit 7) r
  ),
  earlier as (
    select e.framework_id, e.framework_control_id, count(distinct e.audit_id)::int as changes
      from recent r
      join opsdeck_jobs.drift_event e on e.audit_id = r.audit_id and e.framework_id = r.framework_id
       and e.class not in ('renumbered', 'requirement_replaced')
     -- Said again as an array, so that the index is used: events grow with the years.
     where e.audit_id = any (array(select audit_id from recent))
     group by e.framework_id, e.framework_control_id
  ),
  difference as (
    select c.previous_version, c.framework_id, c.framework_name, c.control_pk, c.control_id, c.control_name, c.before_status, c.status,
           c.before #>> '{known,status}' as known_status, c.before -> 'rules' as before_rules,
           c.before -> 'attestation' as before_attestation, c.attestation::json as attestation,
           c.before #> '{known,rules}' as known_rules, c.rules::json as rules, coalesce(e.changes, 0) as earlier_changes
      from compared c
      left join earlier e on e.framework_id = c.framework_id and e.framework_control_id = c.control_pk
     where c.previous_audit_id is not null and c.control_pk is not null and c.before_status is distinct from c.status
  )`;
}
