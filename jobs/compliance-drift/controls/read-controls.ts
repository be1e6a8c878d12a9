import { sql } from 'kysely';
import { z } from 'zod';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Day } from '../../../src/time/day.ts';
import { type EvaluationScope, evaluation } from '../evaluate.sql.ts';
import { type ControlStatus, controlStatuses, ruleStatuses } from '../status.ts';

const row = z.object({
  framework_name: z.string(),
  control_id: z.string(),
  name: z.string(),
  status: z.enum(controlStatuses),
  rule: z
    .object({
      name: z.string(),
      status: z.enum(ruleStatuses),
      model: z.string(),
      frequency_days: z.int(),
      grace_period_days: z.int(),
      days_since: z.int().nullable(),
      day: z.string().nullable(),
      evidence_id: z.int().nullable(),
      reason: z.string().nullable(),
      about: z.string().nullable(),
    })
    .nullable(),
  warns_on: z.string().nullable(),
  fails_on: z.string().nullable(),
});

/** The rule that decides a control's status, with its newest evidence. */
export interface DecidingRule {
  readonly name: string;
  readonly status: (typeof ruleStatuses)[number];
  /** OpsDeck's target model. */
  readonly model: string;
  readonly frequencyDays: number;
  readonly graceDays: number;
  /** null: there is no evidence that counts. */
  readonly evidence: { readonly id: number; readonly day: Day; readonly daysSince: number } | null;
  readonly reason: string | null;
  /** The name of the activity or the comparison, or what else the rule asks for; null: anything of its model. */
  readonly about: string | null;
}

/** A change of status that comes if no new evidence does. */
export interface Turn {
  readonly on: Day;
  readonly to: 'warning' | 'non_compliant';
}

/** A control as it is now. */
export interface PresentControl {
  readonly framework: string;
  readonly controlId: string;
  readonly name: string;
  readonly status: ControlStatus;
  readonly rule: DecidingRule | null;
  /** What comes if nothing happens, soonest first. */
  readonly turns: readonly Turn[];
}

/** More days than this are no limit that anybody reaches; a date stays a date. */
const mostDays = sql.lit(100_000);

/** Every control of the active frameworks as the evidence is now: one statement, whatever their number. */
export async function readControls(
  db: OpenDatabase['db'],
  scope: EvaluationScope,
): Promise<PresentControl[]> {
  const limit = sql`least(greatest(frequency_days, -1), ${mostDays})`;
  const grace = sql`least(greatest(grace_period_days, 0), ${mostDays})`;
  const { rows } = await sql`
    with ${evaluation(scope)},
    limited as (
      select j.*, j.day + ${limit} + 1 as late_on, j.day + ${limit} + ${grace} + 1 as over_on
        from judged j where j.status is not null
    ),
    decisive as (
      select distinct on (control_pk) control_pk, selector, key,
             json_build_object('name', name, 'status', status, 'model', target_model, 'frequency_days', frequency_days,
                               'grace_period_days', grace_period_days, 'days_since', days_since, 'day', day,
                               'evidence_id', evidence_id, 'reason', coalesce(problem, lack),
                               'about', case selector
                                 when 'activity' then (select a.name from security_activity a where a.id::text = key)
                                 when 'review_comparison' then (select c.name from uar_comparison c where c.id::text = key)
                                 else nullif(key, '') end) as rule
        from limited
       order by control_pk,
                case status when 'non_compliant' then 0 when 'warning' then 1 when 'unknown' then 2 else 3 end,
                over_on nulls first, id
    ),
    turning as (
      select control_pk, min(late_on) filter (where status = 'compliant') as late_on,
             min(over_on) filter (where status in ('compliant', 'warning')) as over_on
        from limited group by control_pk
    )
    select f.framework_name, c.control_id, c.name, c.status, d.rule,
           case when c.status in ('compliant', 'unknown') and (t.over_on is null or t.late_on < t.over_on)
                then to_char(t.late_on, 'YYYY-MM-DD') end as warns_on,
           case when c.status in ('compliant', 'unknown', 'warning') then to_char(t.over_on, 'YYYY-MM-DD') end as fails_on
      from control c
      join evaluated_framework f on f.framework_id = c.framework_id
      left join decisive d on d.control_pk = c.control_pk
      left join turning t on t.control_pk = c.control_pk
     where c.control_pk is not null`.execute(db);
  return rows.map((one) => toControl(row.parse(one))).sort(byWeight);
}

function toControl(read: z.output<typeof row>): PresentControl {
  const { rule } = read;
  const turns: Turn[] = [];
  if (read.warns_on !== null) turns.push({ on: read.warns_on, to: 'warning' });
  if (read.fails_on !== null) turns.push({ on: read.fails_on, to: 'non_compliant' });
  return {
    framework: read.framework_name,
    controlId: read.control_id,
    name: read.name,
    status: read.status,
    turns,
    rule:
      rule === null
        ? null
        : {
            name: rule.name,
            status: rule.status,
            model: rule.model,
            frequencyDays: rule.frequency_days,
            graceDays: rule.grace_period_days,
            evidence:
              rule.day === null || rule.evidence_id === null || rule.days_since === null
                ? null
                : { id: rule.evidence_id, day: rule.day, daysSince: rule.days_since },
            reason: rule.reason,
            about: rule.about,
          },
  };
}

/** Worst first; what could not be looked at stands before what passed. */
const order: readonly ControlStatus[] = [
  'non_compliant',
  'warning',
  'unknown',
  'uncovered',
  'manual',
  'compliant',
  'not_applicable',
];

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

function byWeight(a: PresentControl, b: PresentControl): number {
  return (
    order.indexOf(a.status) - order.indexOf(b.status) ||
    identifiers.compare(a.framework, b.framework) ||
    identifiers.compare(a.controlId, b.controlId)
  );
}
