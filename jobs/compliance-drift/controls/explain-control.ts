import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/day.ts';
import { type EvaluationScope, evaluation } from '../evaluate.sql.ts';
import { attestationState, ruleStates } from '../rule-state.ts';
import { controlStatuses, type RuleStatus, ruleStatuses } from '../status.ts';
import { type Attestation, attestation, attestationInFull } from './attestation.ts';
import { ruleAbout } from './deciding-rule.sql.ts';
import type { EvidenceReference } from './evidence-details.sql.ts';
import type { CatalogControl } from './find-control.ts';

const ruleRow = z.object({
  id: z.int(),
  name: z.string(),
  model: z.string(),
  frequency_days: z.int(),
  grace_period_days: z.int(),
  enabled: z.boolean(),
  /** null: not evaluated. */
  status: z.enum(ruleStatuses).nullable(),
  day: z.string().nullable(),
  days_since: z.int().nullable(),
  evidence_id: z.int().nullable(),
  reason: z.string().nullable(),
  passed_over: z.boolean(),
  unread_word: z.string().nullable(),
  about: z.string().nullable(),
});

const evaluatedRow = z.object({
  status: z.enum(controlStatuses),
  rules: z.array(ruleRow),
  links: z.array(z.object({ type: z.string(), id: z.int(), description: z.string() })),
  attestation: attestation.nullable(),
});

/** A rule of the control with its newest evidence that counts. */
export interface ExplainedRule {
  readonly name: string;
  readonly model: string;
  readonly about: string | null;
  readonly frequencyDays: number;
  readonly graceDays: number;
  readonly enabled: boolean;
  /** null: not evaluated. */
  readonly status: RuleStatus | null;
  readonly evidence: (EvidenceReference & { readonly day: Day; readonly daysSince: number }) | null;
  readonly reason: string | null;
  /** There is evidence that was known not to be done. */
  readonly passedOver: boolean;
  /** The status of newer evidence that nobody can read. */
  readonly unreadWord: string | null;
}

const attestedChange = z
  .object({ before: attestationState.nullable(), after: attestationState.nullable() })
  .nullable();

/** A change of the control, with the rules that it rests on then and now. */
export interface ControlChange {
  readonly audit_id: number;
  readonly detected_at: Date;
  readonly from_status: string | null;
  readonly to_status: string | null;
  readonly class: string;
  readonly severity: string | null;
  readonly cause: string;
  readonly before: z.output<typeof ruleStates>;
  readonly after: z.output<typeof ruleStates>;
  readonly attestation: z.output<typeof attestedChange>;
  /** Messages about the regressions of that run. */
  readonly alerts: readonly { readonly to: string; readonly state: string; readonly at: string }[];
}

export interface ControlState {
  readonly status: z.output<typeof evaluatedRow>['status'];
  readonly rules: readonly ExplainedRule[];
  readonly links: readonly { readonly type: string; readonly id: number; readonly description: string }[];
  /** The one that counts; null: rules decide, or nobody attested. */
  readonly attestation: Attestation | null;
}

/** How a control is now, with each of its rules; null: its framework is switched off, so nothing is evaluated. One statement. */
export async function explainState(
  db: Kysely<Database>,
  scope: EvaluationScope,
  control: CatalogControl,
): Promise<ControlState | null> {
  const { rows } = await sql`
    with ${evaluation({ ...scope, frameworkId: control.framework_id })}
    select c.status,
           case when c.attestation is not null then ${attestationInFull(sql`c.attestation::json`)} end as attestation,
           (select coalesce(json_agg(json_build_object(
                     'id', id, 'name', name, 'model', target_model, 'frequency_days', frequency_days,
                     'grace_period_days', grace_period_days, 'enabled', enabled, 'status', status, 'day', day,
                     'days_since', days_since, 'evidence_id', evidence_id, 'reason', coalesce(problem, lack),
                     'passed_over', passed_over, 'unread_word', unread_word, 'about', ${ruleAbout}) order by id), '[]')
              from judged where control_pk = c.control_pk) as rules,
           (select coalesce(json_agg(json_build_object('type', linkable_type, 'id', linkable_id, 'description', description)
                                     order by id), '[]')
              from compliance_link where framework_control_id = c.control_pk) as links
      from control c where c.control_pk = ${control.id}::integer`.execute(db);
  if (rows[0] === undefined) return null;
  const { status, rules, links, attestation: attested } = evaluatedRow.parse(rows[0]);
  return {
    status,
    links,
    attestation: attested,
    rules: rules.map((rule) => ({
      name: rule.name,
      model: rule.model,
      about: rule.about,
      frequencyDays: rule.frequency_days,
      graceDays: rule.grace_period_days,
      enabled: rule.enabled,
      status: rule.status,
      evidence:
        rule.day === null || rule.evidence_id === null || rule.days_since === null
          ? null
          : { model: rule.model, id: rule.evidence_id, day: rule.day, daysSince: rule.days_since },
      reason: rule.reason,
      passedOver: rule.passed_over,
      unreadWord: rule.unread_word,
    })),
  };
}

const changeRow = z.object({
  audit_id: z.int(),
  detected_at: z.date(),
  from_status: z.string().nullable(),
  to_status: z.string().nullable(),
  class: z.string(),
  severity: z.string().nullable(),
  cause: z.string(),
  before: ruleStates,
  after: ruleStates,
  attestation: attestedChange,
  alerts: z.array(z.object({ to: z.string(), state: z.string(), at: z.string() })),
});

/** Every attestation of controls, by `framework_control.id`, newest first, whether or not it counts today. One statement. */
export async function readAttestations(
  db: Kysely<Database>,
  today: Day,
  controls: readonly number[],
): Promise<ReadonlyMap<number, readonly Attestation[]>> {
  const { rows } = await sql<{ control: number }>`
    select framework_control_id as control, id::integer as id, result, to_char(until, 'YYYY-MM-DD') as until,
           result = 'met' and until < ${today}::date as expired, reason, evidence, actor as by, actor_user_id as by_user, entered_by, created_at as at
      from opsdeck_jobs.control_attestation where framework_control_id = any (${[...controls]}::integer[]) order by id desc`.execute(
    db,
  );
  const found = new Map<number, Attestation[]>();
  for (const row of rows) {
    found.set(row.control, [...(found.get(row.control) ?? []), attestation.parse(row)]);
  }
  return found;
}

/** The last changes of a control, newest first, with who was alerted: one statement. */
export async function lastChanges(
  db: Kysely<Database>,
  control: Pick<CatalogControl, 'id'>,
  most: number,
): Promise<readonly ControlChange[]> {
  const { rows } = await sql`
    select e.audit_id, e.detected_at, e.from_status, e.to_status, e.class, e.severity, e.cause,
           coalesce(e.detail -> 'before', '[]') as before, coalesce(e.detail -> 'after', '[]') as after,
           e.detail -> 'attestation' as attestation,
           case when e.severity is null then '[]'
                else (select coalesce(json_agg(json_build_object('to', m.channel || ' to ' || m.destination, 'state', m.state,
                                                                 'at', coalesce(m.finished_at, m.created_at))
                                               order by m.channel, m.destination), '[]')
                        from opsdeck_jobs.message m
                       where m.run_id = s.run_id and m.event_code = 'COMPLIANCE_DRIFT'
                         and m.dedupe_key like 'compliance-drift:regressions:%') end as alerts
      from opsdeck_jobs.drift_event e join opsdeck_jobs.drift_snapshot s on s.audit_id = e.audit_id
     where e.framework_control_id = ${control.id}::integer
     order by e.audit_id desc, e.class limit ${most}::integer`.execute(db);
  return rows.map((row) => changeRow.parse(row));
}
