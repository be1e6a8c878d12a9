import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../src/time/zones.ts';
import type { EvidencePolicy } from './rules/evidence-words.sql.ts';
import { judgedRules } from './rules/judge-rules.sql.ts';

/**
 * Raised whenever the same rules and evidence may come to another status. `earlier-evaluators.ts` keeps what the version before counted,
 * so that a change that comes from the new version alone is not taken for one of the control.
 */
export const evaluatorVersion = 2;

export interface EvaluationScope {
  readonly now: Date;
  readonly zones: Zones;
  /** Only this framework; null: every active one. */
  readonly frameworkId: number | null;
  readonly policy: EvidencePolicy;
}

/**
 * CTEs `moment` to `control`: every control of the active frameworks with its status. One row a control, and one with a NULL
 * `control_pk` for a framework without controls. `rules` is the JSON text of the rules as the snapshot holds them.
 *
 * Of a control's rules the worst counts: non_compliant, warning, unknown, compliant. Where only links stand for it, a person's newest
 * attestation counts: `attestation` is its JSON text, NULL where rules decide or nobody attested.
 */
export function evaluation({ now, zones, frameworkId, policy }: EvaluationScope): RawBuilder<unknown> {
  return sql`
  moment as materialized (
    select (${now.toISOString()}::timestamptz at time zone ${zones.business}::text)::date as today
  ),
  evaluated_framework as materialized (
    select id as framework_id, name as framework_name
      from framework where is_active and (${frameworkId}::int is null or id = ${frameworkId}::int)
  ),
  scope as materialized (
    select f.framework_id, c.id as control_pk, c.control_id, c.name, c.is_applicable
      from evaluated_framework f left join framework_control c on c.framework_id = f.framework_id
  ),
  ${judgedRules(zones, policy)},
  rules_of_control as (
    select control_pk, count(*)::int as rules_count, min(day) as oldest_day,
           case when bool_or(status = 'non_compliant') then 'non_compliant'
                when bool_or(status = 'warning') then 'warning'
                when bool_or(status = 'unknown') then 'unknown'
                when bool_or(status = 'compliant') then 'compliant' end as status,
           '[' || string_agg(
             '{"id":' || id || ',"name":' || to_json(name)::text || ',"hash":"' || hash || '","enabled":' || enabled
               || ',"asks":{"model":' || to_json(target_model)::text || ',"selector":' || coalesce(to_json(selector)::text, 'null')
               || ',"key":' || coalesce(to_json(left(key, 200))::text, 'null') || ',"frequency_days":' || frequency_days
               || ',"grace_period_days":' || grace_period_days || '}'
               || case when status is null then '' else ',"status":"' || status || '"' end
               || case when days_since is null then ''
                       else ',"days_since":' || days_since || ',"evidence":{"model":' || to_json(target_model)::text
                              || ',"id":' || evidence_id || ',"date":"' || to_char(day, 'YYYY-MM-DD') || '"}' end
               || case when coalesce(problem, lack) is null then '' else ',"reason":' || to_json(coalesce(problem, lack))::text end
               || case when unread_id is null then ''
                       else ',"unread":{"model":' || to_json(target_model)::text || ',"id":' || unread_id
                              || ',"word":' || to_json(unread_word)::text || '}' end || '}',
             ',' order by id) || ']' as rules
      from judged group by control_pk
  ),
  links_of_control as (
    select framework_control_id as control_pk, count(*)::int as links from compliance_link group by 1
  ),
  attested as (
    select control_pk, id, result, until, result = 'met' and until < (select today from moment) as expired
      from (select distinct on (framework_control_id) framework_control_id as control_pk, id, result, until
              from opsdeck_jobs.control_attestation order by framework_control_id, id desc) newest
  ),
  control as materialized (
    select s.*, coalesce(r.rules_count, 0) as rules_count, r.oldest_day, coalesce(r.rules, '[]') as rules,
           coalesce(l.links, 0) as links,
           case when s.control_pk is null then null
                when not s.is_applicable then 'not_applicable'
                when r.status is not null then r.status
                when l.links is null then 'uncovered'
                when a.result = 'not_met' then 'non_compliant'
                when a.expired then 'warning'
                else 'manual' end as status,
           case when s.is_applicable and r.status is null and l.links > 0
                then '{"id":' || a.id || ',"result":"' || a.result || '","until":' || coalesce(to_json(a.until)::text, 'null')
                       || ',"expired":' || a.expired || '}' end as attestation
      from scope s
      left join rules_of_control r on r.control_pk = s.control_pk
      left join links_of_control l on l.control_pk = s.control_pk
      left join attested a on a.control_pk = s.control_pk
  )`;
}
