import { sql } from 'kysely';
import type { MessageKinds } from '../../src/notify/outbox/message-kind.ts';
import { byWords } from './rules/evidence-words.sql.ts';
import { evidenceWords } from './rules/evidence-words.ts';
import { judgedRules } from './rules/judge-rules.sql.ts';

/** Of OpsDeck's messages about rules. */
export const ruleVariables: MessageKinds = {
  compliance_rule: {
    table: 'compliance_rule',
    // Evaluated like the drift job does. Without evidence `days_since` is -1 and nothing can be counted from it, as in OpsDeck.
    query: (keys, { zones, today, appBaseUrl }) => sql`
    with moment as materialized (
      select ${today}::date as today
    ), scope as materialized (
      select distinct c.id as control_pk, true as is_applicable
        from compliance_rule r join framework_control c on c.id = r.framework_control_id
       where r.id = any (${keys}::integer[])
    ), ${judgedRules(zones, byWords(evidenceWords, false))}
    select r.id as key, jsonb_build_object(
             'rule_name', r.name, 'target_model', r.target_model, 'frequency_days', r.frequency_days,
             'grace_period_days', r.grace_period_days, 'control_id', c.control_id, 'control_name', c.name,
             'framework_name', f.name, 'last_evidence_date', j.day, 'days_since', coalesce(j.days_since, -1),
             'days_overdue', case when j.days_since is null then to_jsonb('N/A'::text)
                                  else to_jsonb(greatest(0, j.days_since - r.frequency_days - r.grace_period_days)) end,
             'dashboard_url', ${`${appBaseUrl ?? ''}/compliance/dashboard`}::text,
             'status', coalesce(j.status, 'unknown'),
             'message', case when j.status is null then 'The rule is switched off'
                             when j.problem is not null then j.problem
                             when j.days_since is null then 'There is no evidence'
                             else format('The newest evidence is of %s, %s days ago', j.day, j.days_since) end) as variables
      from compliance_rule r
      left join judged j on j.id = r.id
      left join framework_control c on c.id = r.framework_control_id
      left join framework f on f.id = c.framework_id
     where r.id = any (${keys}::integer[])`,
  },
};
