import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { statementFault } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { failOnLevels } from '../../../src/job/fail-on-levels.ts';
import { type Cause, causes } from '../cause.ts';
import { decidingRules } from '../controls/deciding-rule.sql.ts';
import { decidingRuleRow } from '../controls/deciding-rule.ts';
import { type EvaluationScope, evaluation } from '../evaluate.sql.ts';
import { planForMany } from '../plan-for-many.sql.ts';
import { ruleStates } from '../rule-state.ts';
import { controlStatuses } from '../status.ts';

function isCause(text: string): text is Cause {
  return Object.hasOwn(causes, text);
}

const cause = z.string().refine(isCause);
const status = z.enum(controlStatuses);

const changedRow = z.object({
  framework_id: z.int(),
  framework_name: z.string(),
  control_pk: z.int(),
  control_id: z.string(),
  control_name: z.string(),
  /** Before the first of the changes. */
  from_status: status.nullable(),
  /** Of the last of them. */
  severity: z.enum(failOnLevels),
  cause,
  flapping: z.boolean(),
  /** In the newest snapshot of its framework; null: it is not in it, or the framework is no longer evaluated. */
  now: status.nullable(),
});
/** A control of which held alerts report that it got worse. */
export type ChangedControl = z.output<typeof changedRow>;

/** The newest snapshots, as far as active frameworks are in them; their controls are parsed once each. */
const newest = sql`
  newest as materialized (
    select fw.id as framework_id, f.audit_id, f.framework_name, f.controls, f.status
      from framework fw
     cross join lateral (
       select s.audit_id, s.framework_name, s.controls, s.status from opsdeck_jobs.drift_snapshot_framework s
        where s.framework_id = fw.id order by s.audit_id desc limit 1) f
     where fw.is_active
  ),
  stored as materialized (
    select a.id as audit_id, a.snapshot_data::jsonb -> 'opsdeck_jobs' -> 'controls' as controls
      from compliance_audit a where a.id = any (array(select audit_id from newest))
  )`;

/** One statement. A snapshot that was deleted leaves the status that its change recorded. */
export async function readChanged(
  trx: Transaction<Database>,
  audits: readonly number[],
): Promise<readonly ChangedControl[]> {
  const { rows } = await sql<Record<string, unknown>>`
    with ${newest},
    first as (
      select distinct on (framework_id, framework_control_id) * from opsdeck_jobs.drift_event
       where audit_id = any (${audits}::integer[]) and severity is not null
       order by framework_id, framework_control_id, audit_id, id
    ),
    last as (
      select distinct on (framework_id, framework_control_id) * from opsdeck_jobs.drift_event
       where audit_id = any (${audits}::integer[]) and severity is not null
       order by framework_id, framework_control_id, audit_id desc, id desc
    )
    select l.framework_id, l.framework_name, l.framework_control_id as control_pk, l.control_id, l.control_name,
           f.from_status, l.severity, l.cause, l.flapping,
           case when n.audit_id is null then null
                when s.controls is null then l.to_status
                else s.controls -> l.framework_control_id::text ->> 'status' end as now
      from last l
      join first f using (framework_id, framework_control_id)
      left join newest n on n.framework_id = l.framework_id
      left join stored s on s.audit_id = n.audit_id
     order by l.framework_id, l.framework_control_id`.execute(trx);
  return z.array(changedRow).parse(rows);
}

const decidedRow = z.object({ control_pk: z.int(), status, rule: decidingRuleRow.nullable() });
/** A control as it comes out now, with the rule that decides; null: no rule does. */
export type DecidedControl = z.output<typeof decidedRow>;

/** By `framework_control.id`; none where the rules cannot be evaluated: the alert matters more than its details. */
export async function readDeciding(
  trx: Transaction<Database>,
  scope: EvaluationScope,
  controls: readonly number[],
): Promise<ReadonlyMap<number, DecidedControl>> {
  if (controls.length === 0) return new Map();
  await sql`savepoint deciding`.execute(trx);
  try {
    return await evaluateNow(trx, scope, controls);
  } catch (error) {
    if (statementFault(error) === undefined) throw error;
    await sql`rollback to savepoint deciding`.execute(trx);
    return new Map();
  }
}

async function evaluateNow(
  trx: Transaction<Database>,
  scope: EvaluationScope,
  controls: readonly number[],
): Promise<ReadonlyMap<number, DecidedControl>> {
  await planForMany(trx);
  const { rows } = await sql<Record<string, unknown>>`
    with ${evaluation(scope)},
    got_worse as (select unnest(${controls}::integer[]) as control_pk),
    ${decidingRules(sql`got_worse`)}
    select c.control_pk, c.status, d.rule
      from control c left join decisive d using (control_pk)
     where c.control_pk in (select control_pk from got_worse)`.execute(trx);
  return new Map(
    z
      .array(decidedRow)
      .parse(rows)
      .map((row) => [row.control_pk, row]),
  );
}

const evaluationRow = z.object({
  audit_id: z.int(),
  taken_at: z.date(),
  applicable: z.int(),
  unknown: z.int(),
  problems: z.array(
    z.object({
      framework_id: z.int(),
      framework_name: z.string(),
      control_key: z.int(),
      control_id: z.string(),
      name: z.string(),
      rules: ruleStates,
    }),
  ),
});
/** The newest snapshots of all active frameworks together; `problems`: some of the controls that are unknown. */
export type NewestEvaluation = z.output<typeof evaluationRow>;

/** One statement. null: no active framework has a snapshot. */
export async function readNewest(trx: Transaction<Database>, most: number): Promise<NewestEvaluation | null> {
  const { rows } = await sql<Record<string, unknown>>`
    with ${newest},
    unknown as (
      select n.framework_id, n.framework_name, c.key::integer as control_key, c.value ->> 'control_id' as control_id, c.value ->> 'name' as name,
             c.value -> 'rules' as rules
        from newest n join stored s using (audit_id)
       cross join lateral jsonb_each(s.controls) c
       where c.value ->> 'status' = 'unknown' and (c.value ->> 'framework')::integer = n.framework_id
       order by n.framework_id, control_id limit ${most}::integer
    )
    select max(n.audit_id) as audit_id, max(s.taken_at) as taken_at,
           coalesce(sum(n.controls - (n.status ->> 'not_applicable')::integer), 0)::integer as applicable,
           coalesce(sum((n.status ->> 'unknown')::integer), 0)::integer as unknown,
           (select coalesce(jsonb_agg(u), '[]') from unknown u) as problems
      from newest n join opsdeck_jobs.drift_snapshot s using (audit_id)
    having count(*) > 0`.execute(trx);
  const [row] = rows;
  return row === undefined ? null : evaluationRow.parse(row);
}

const lostRow = z.object({
  framework_id: z.int(),
  framework_name: z.string(),
  cause,
  audit_id: z.int(),
  controls: z.int(),
  failing: z.int(),
});
/** A framework that is still not evaluated, with its last snapshot. */
export type StillLost = z.output<typeof lostRow>;

/** One statement: of the frameworks that these snapshots missed, those that are not evaluated again. */
export async function readStillLost(
  trx: Transaction<Database>,
  audits: readonly number[],
): Promise<readonly StillLost[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select e.framework_id, e.framework_name, e.cause, f.audit_id, f.controls,
           (f.status ->> 'non_compliant')::integer + (f.status ->> 'warning')::integer as failing
      from (select distinct on (framework_id) framework_id, framework_name, cause from opsdeck_jobs.drift_event
             where audit_id = any (${audits}::integer[]) and class = 'framework_removed'
             order by framework_id, audit_id desc) e
     cross join lateral (
       select s.audit_id, s.controls, s.status from opsdeck_jobs.drift_snapshot_framework s
        where s.framework_id = e.framework_id order by s.audit_id desc limit 1) f
     where not exists (select from framework fw where fw.id = e.framework_id and fw.is_active)
     order by e.framework_name, e.framework_id`.execute(trx);
  return z.array(lostRow).parse(rows);
}
