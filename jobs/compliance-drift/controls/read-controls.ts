import { sql } from 'kysely';
import { z } from 'zod';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { addDays } from '../../../src/time/calendar-day.ts';
import type { Day } from '../../../src/time/day.ts';
import { type EvaluationScope, evaluation } from '../evaluate.sql.ts';
import { type ControlStatus, controlStatuses } from '../status.ts';
import { type Attestation, attestation, attestationInFull, endsOn } from './attestation.ts';
import { decidingRules } from './deciding-rule.sql.ts';
import { type DecidingRule, decidingRuleRow } from './deciding-rule.ts';

const row = z.object({
  id: z.int(),
  framework_name: z.string(),
  control_id: z.string(),
  name: z.string(),
  status: z.enum(controlStatuses),
  rule: decidingRuleRow.nullable(),
  attestation: attestation.nullable(),
  warns_on: z.string().nullable(),
  fails_on: z.string().nullable(),
});

/** A change of status that comes if no new evidence does. */
export interface Turn {
  readonly on: Day;
  readonly to: 'warning' | 'non_compliant';
}

/** A control as it is now. */
export interface PresentControl {
  /** `framework_control.id`. */
  readonly id: number;
  readonly framework: string;
  readonly controlId: string;
  readonly name: string;
  readonly status: ControlStatus;
  readonly rule: DecidingRule | null;
  /** The one that counts; null: rules decide, or nobody attested. */
  readonly attestation: Attestation | null;
  /** What comes if nothing happens, soonest first. */
  readonly turns: readonly Turn[];
}

/** Every control of the active frameworks as the evidence is now: one statement, whatever their number. */
export async function readControls(
  db: OpenDatabase['db'],
  scope: EvaluationScope,
): Promise<PresentControl[]> {
  const { rows } = await sql`
    with ${evaluation(scope)},
    ${decidingRules(null)},
    turning as (
      select control_pk, min(late_on) filter (where status = 'compliant') as late_on,
             min(over_on) filter (where status in ('compliant', 'warning')) as over_on
        from limited group by control_pk
    )
    select c.control_pk as id, f.framework_name, c.control_id, c.name, c.status, d.rule,
           case when c.attestation is not null then ${attestationInFull(sql`c.attestation::json`)} end as attestation,
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
  const turns: Turn[] = [];
  if (read.warns_on !== null) turns.push({ on: read.warns_on, to: 'warning' });
  if (read.fails_on !== null) turns.push({ on: read.fails_on, to: 'non_compliant' });
  const attested = endsOn(read.attestation);
  if (attested !== null) turns.push({ on: addDays(attested, 1), to: 'warning' });
  return {
    id: read.id,
    framework: read.framework_name,
    controlId: read.control_id,
    name: read.name,
    status: read.status,
    turns,
    rule: read.rule,
    attestation: read.attestation,
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

type Weighed = Pick<PresentControl, 'status' | 'framework' | 'controlId'>;

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

/** Worst first, then by framework and identifier. */
export function byWeight(a: Weighed, b: Weighed): number {
  return (
    order.indexOf(a.status) - order.indexOf(b.status) ||
    identifiers.compare(a.framework, b.framework) ||
    identifiers.compare(a.controlId, b.controlId)
  );
}
