import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import type { EnablingScope } from '../../src/job/define-job.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { decidingRules, ruleAbout } from '../compliance-drift/controls/deciding-rule.sql.ts';
import { type EvaluationScope, evaluation } from '../compliance-drift/evaluate.sql.ts';
import { evidencePolicy } from '../compliance-drift/evidence-policy.ts';
import { namedLately } from '../compliance-drift/named-lately.sql.ts';
import { driftSettings } from '../compliance-drift/settings.ts';

const breachRow = z.object({
  rule_id: z.int(),
  rule_name: z.string(),
  control_key: z.int(),
  control_id: z.string(),
  control_name: z.string(),
  framework: z.string(),
  framework_id: z.int(),
  model: z.string(),
  frequency_days: z.int(),
  grace_period_days: z.int(),
  days_since: z.int().nullable(),
  /** Of the newest evidence. */
  day: z.string().nullable(),
  evidence_id: z.int().nullable(),
  reason: z.string().nullable(),
  about: z.string().nullable(),
  /** The first day in breach; null: there is no evidence. */
  since: z.string().nullable(),
  /** The day of the newest alert; null: none about this breach, or it was not sent for good. */
  alerted_on: z.string().nullable(),
  alerts: z.int(),
  named_by: z.enum(['drift', 'opsdeck']).nullable(),
});
/** An enabled rule that is non-compliant. Days are calendar days of the business zone. */
export type Breach = z.output<typeof breachRow>;

const foundRow = z.object({
  rules: z.int(),
  unknown: z.int(),
  breaches: z.array(breachRow),
  ended: z.array(z.int()),
});
export interface FoundBreaches {
  /** Enabled rules of applicable controls in active frameworks. */
  readonly rules: number;
  /** Those that could not be evaluated. */
  readonly unknown: number;
  /** Worst first: without any evidence, then the longest in breach. */
  readonly breaches: readonly Breach[];
  /** Rules with an alert that are met now, or are no longer there. */
  readonly ended: readonly number[];
}

/** As compliance-drift evaluates, with its settings: the two never disagree about a rule. */
export function scopeOf({
  now,
  zones,
  settingsOf,
  mode,
}: Pick<EnablingScope, 'now' | 'zones' | 'settingsOf' | 'mode'>): EvaluationScope {
  const settings = driftSettings.parse(settingsOf('compliance-drift') ?? ({} satisfies JsonObject));
  return { now, zones, frameworkId: null, policy: evidencePolicy(settings, mode) };
}

/** One statement, whatever the number of rules. */
export async function findBreaches(db: Kysely<Database>, scope: EvaluationScope): Promise<FoundBreaches> {
  const { now, zones } = scope;
  const { rows } = await sql`
    with ${evaluation(scope)},
    ${decidingRules(null)},
    ${namedLately(now)},
    named_by_opsdeck as materialized (
      select distinct c.target_id as rule_id
        from scheduled_communication c
       where c.target_type = 'compliance_rule' and c.status in ('pending', 'sent')
         and c.created_at at time zone ${zones.stored}::text > ${now.toISOString()}::timestamptz - interval '24 hours'
         and not exists (select from opsdeck_jobs.message m where m.communication_id = c.id and m.origin = 'job')
    ),
    -- What nobody can have received counts as not sent.
    alerted as materialized (
      select b.rule_id, b.alerts,
             case when exists (select from opsdeck_jobs.message m where m.dedupe_key = b.dedupe_key)
                   and not exists (select from opsdeck_jobs.message m
                                    where m.dedupe_key = b.dedupe_key and m.state not in ('failed', 'cancelled'))
                  then null else b.alerted_on end as alerted_on
        from opsdeck_jobs.compliance_breach b
    ),
    breach as (
      select l.id as rule_id, l.name as rule_name, s.control_pk as control_key, s.control_id, s.name as control_name,
             f.framework_name as framework, s.framework_id, l.target_model as model, l.frequency_days, l.grace_period_days, l.days_since,
             to_char(l.day, 'YYYY-MM-DD') as day, l.evidence_id, coalesce(l.problem, l.lack) as reason, ${ruleAbout} as about,
             to_char(l.over_on, 'YYYY-MM-DD') as since,
             -- Evidence that ended the breach after the alert began another.
             case when l.over_on > a.alerted_on then null else to_char(a.alerted_on, 'YYYY-MM-DD') end as alerted_on,
             case when l.over_on > a.alerted_on then 0 else coalesce(a.alerts, 0) end as alerts,
             case when n.control_id is not null then 'drift' when o.rule_id is not null then 'opsdeck' end as named_by
        from limited l
        join scope s on s.control_pk = l.control_pk
        join evaluated_framework f on f.framework_id = s.framework_id
        left join alerted a on a.rule_id = l.id
        left join named_lately n on n.framework_id = s.framework_id and n.control_id = s.control_id
        left join named_by_opsdeck o on o.rule_id = l.id
       where l.status = 'non_compliant'
       order by l.over_on nulls first, f.framework_name, s.control_pk, l.id
    )
    select (select count(*)::int from limited) as rules,
           (select count(*)::int from limited where status = 'unknown') as unknown,
           (select coalesce(json_agg(row_to_json(b)), '[]') from breach b) as breaches,
           (select coalesce(json_agg(a.rule_id order by a.rule_id), '[]')
              from alerted a
             where not exists (select from compliance_rule r where r.id = a.rule_id)
                or exists (select from limited l where l.id = a.rule_id and l.status in ('compliant', 'warning'))) as ended`.execute(
    db,
  );
  return foundRow.parse(rows[0]);
}
