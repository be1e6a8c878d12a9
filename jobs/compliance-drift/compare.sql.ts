import { type RawBuilder, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import { type EvaluationScope, evaluation } from './evaluate.sql.ts';
import { previousState } from './previous.sql.ts';
import { type ControlState, type Difference, type RuleState, ruleStates } from './rule-state.ts';
import { type ControlStatus, controlStatuses } from './status.ts';

/** `+02:00`: how far `local`, a wall clock of the business zone, is from UTC; NULL for NULL. */
export function utcOffset(local: RawBuilder<unknown>, businessZone: string): RawBuilder<string> {
  const seconds = sql`extract(epoch from ${local} - (${local} at time zone ${businessZone}::text at time zone 'UTC'))`;
  return sql`case when ${seconds} < 0 then '-' else '+' end || to_char(make_interval(secs => abs(${seconds})::float8), 'HH24:MI')`;
}

/**
 * One statement: evaluates and puts the newest earlier snapshot beside it, into the temporary table `drift_compared` of this transaction. A
 * row for each control that is there now (`status`) or was then (`before_status`), and one with a NULL `control_pk` for a framework
 * without controls. Everything later reads this table, so a run sees one moment of the database.
 */
export function fillCompared(scope: EvaluationScope): RawBuilder<unknown> {
  const midnight = sql`d.oldest_day::timestamp`;
  return sql`
  create temporary table drift_compared on commit drop as
  with ${evaluation(scope)},
  ${previousState},
  framework_of_run as (
    select f.framework_id, f.framework_name, n.audit_id as previous_audit_id, coalesce(s.skipped, 0) as skipped
      from evaluated_framework f
      left join chosen n on n.framework_id = f.framework_id
      left join skipped s on s.framework_id = f.framework_id
  ),
  oldest as (
    select d.oldest_day, to_char(d.oldest_day, 'YYYY-MM-DD"T"00:00:00')
                         || ${utcOffset(midnight, scope.zones.business)} as oldest_evidence_date
      from (select distinct oldest_day from control) d where d.oldest_day is not null
  )
  select f.*, coalesce(c.control_pk, b.control_pk) as control_pk,
         coalesce(c.control_id, b.state ->> 'control_id') as control_id,
         coalesce(c.name, b.state ->> 'name') as control_name,
         c.status, c.links, c.rules_count, c.rules, o.oldest_evidence_date,
         b.state ->> 'status' as before_status, b.state as before
    from control c
    full join before b on b.framework_id = c.framework_id and b.control_pk = c.control_pk
    join framework_of_run f on f.framework_id = coalesce(c.framework_id, b.framework_id)
    left join oldest o on o.oldest_day = c.oldest_day`;
}

const status = z.enum(controlStatuses);
const differenceRow = z.object({
  framework_id: z.int(),
  framework_name: z.string(),
  control_pk: z.int(),
  control_id: z.string(),
  control_name: z.string(),
  before_status: status.nullable(),
  known_status: status.exclude(['not_applicable', 'unknown']).nullable(),
  status: status.nullable(),
  before_rules: ruleStates.nullable(),
  known_rules: ruleStates.nullable(),
  rules: ruleStates.nullable(),
  earlier_changes: z.int(),
});

/**
 * One statement: the controls whose status differs from that of the snapshot before, with their rules then and now. Only these leave
 * the database. `earlier_changes` counts the snapshots in which the control changed, of the last seven of its framework.
 */
export async function readDifferences(trx: Transaction<Database>): Promise<Difference[]> {
  const { rows } = await sql<Record<string, unknown>>`
    with recent as (
      select f.framework_id, r.audit_id
        from (select distinct framework_id from pg_temp.drift_compared) f
       cross join lateral (select audit_id from opsdeck_jobs.drift_snapshot_framework s
                            where s.framework_id = f.framework_id order by audit_id desc limit 7) r
    ),
    earlier as (
      select e.framework_id, e.framework_control_id, count(distinct e.audit_id)::int as changes
        from recent r
        join opsdeck_jobs.drift_event e on e.audit_id = r.audit_id and e.framework_id = r.framework_id
       group by e.framework_id, e.framework_control_id
    )
    select c.framework_id, c.framework_name, c.control_pk, c.control_id, c.control_name, c.before_status, c.status,
           c.before #>> '{known,status}' as known_status, c.before -> 'rules' as before_rules,
           c.before #> '{known,rules}' as known_rules, c.rules::json as rules, coalesce(e.changes, 0) as earlier_changes
      from pg_temp.drift_compared c
      left join earlier e on e.framework_id = c.framework_id and e.framework_control_id = c.control_pk
     where c.previous_audit_id is not null and c.control_pk is not null and c.before_status is distinct from c.status
  `.execute(trx);
  return rows.map(toDifference);
}

function toDifference(row: unknown): Difference {
  const read = differenceRow.parse(row);
  return {
    frameworkId: read.framework_id,
    frameworkName: read.framework_name,
    controlKey: read.control_pk,
    controlId: read.control_id,
    controlName: read.control_name,
    before: state(read.before_status, read.before_rules),
    known: read.known_status === null ? null : { status: read.known_status, rules: read.known_rules ?? [] },
    after: state(read.status, read.rules),
    earlierChanges: read.earlier_changes,
  };
}

function state(status: ControlStatus | null, rules: readonly RuleState[] | null): ControlState | null {
  return status === null ? null : { status, rules: rules ?? [] };
}
