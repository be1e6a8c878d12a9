import { type RawBuilder, sql } from 'kysely';

/** Which rules of `r` and `s` are evaluated: those that are switched on, of applicable controls. */
const evaluatedRules: RawBuilder<unknown> = sql`(coalesce(r.enabled, false) and s.is_applicable)`;

/** The rules of the controls in `scope`. NULL and blank criteria are `{}`, as in OpsDeck. Only what will be evaluated is parsed. */
const parsedRules = (evaluated: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select r.id, r.framework_control_id as control_pk, r.name, r.target_model, r.frequency_days, r.grace_period_days,
         coalesce(r.enabled, false) as enabled,
         ${evaluated} as evaluated,
         -- The definition alone: a rule that is renamed or switched off is still the same rule.
         substr(encode(sha256(convert_to(concat_ws(E'\\x1f', r.target_model, r.frequency_days, r.grace_period_days,
                                                   coalesce(r.criteria, '')), 'UTF8')), 'hex'), 1, 16) as hash,
         case when not ${evaluated} then null
              when coalesce(btrim(r.criteria, E' \\t\\r\\n'), '') = '' then '{}'::jsonb
              else opsdeck_jobs.try_jsonb(r.criteria) end as criteria
    from scope s join compliance_rule r on r.framework_control_id = s.control_pk`;

/** `criteria ->> name`, where JSON null and an empty text are as good as absent. */
const given = (name: string) => sql`coalesce(r.criteria ->> ${sql.lit(name)}, '') <> ''`;

/** OpsDeck's method where a rule names none. */
const method = sql`
  coalesce(nullif(r.criteria ->> 'method', ''),
           case r.target_model when 'ActivityExecution' then 'parent_match' when 'Campaign' then 'tag_match'
                               when 'MaintenanceLog' then 'event_type_match' when 'BCDRTestLog' then 'any_passed'
                               when 'UARExecution' then 'any_completed' end)`;

/** Which evidence is asked for: OpsDeck's target models and the methods that its rule form writes. NULL: there is no such. */
const selector = sql`
  case r.target_model
    when 'ActivityExecution' then
      case m.method when 'parent_match' then case when ${given('value')} then 'activity' else 'activity_name' end end
    when 'Campaign' then case m.method when 'tag_match' then 'campaign_tags' when 'title_match' then 'campaign_title' end
    when 'MaintenanceLog' then
      case m.method when 'event_type_match' then 'maintenance_type' when 'any_completed' then 'maintenance' end
    when 'BCDRTestLog' then case m.method when 'any_passed' then 'bcdr' when 'plan_match' then 'bcdr_plan' end
    when 'OnboardingProcess' then 'onboarding'
    when 'OffboardingProcess' then 'offboarding'
    when 'SecurityAssessment' then
      case when ${given('supplier_id')} then 'assessment_supplier' else 'assessment' end
    when 'RiskAssessment' then 'risk'
    when 'UARExecution' then
      case m.method when 'any_completed' then 'review' when 'comparison_match' then 'review_comparison'
                    when 'comparison_name_match' then 'review_name' end
  end`;

/** The criterion that a selector needs and what kind of value it is; the others need none. */
const criteria = sql`
  (values ('activity', 'value', 'id'), ('activity_name', 'activity_name', 'text'), ('campaign_tags', 'tags', 'names'),
          ('campaign_title', 'title_pattern', 'text'), ('maintenance_type', 'event_type', 'text'),
          ('bcdr_plan', 'plan_id', 'id'), ('assessment_supplier', 'supplier_id', 'id'),
          ('review_comparison', 'comparison_id', 'id'), ('review_name', 'comparison_name', 'text'))`;

/** What OpsDeck's own evaluation does with a rule: it looks for `evidence`, has `nothing` to look for, or gives up. */
const opsdeckAsks = sql`
  case when not r.evaluated then null
       when r.criteria is null then case when c.criterion is null then 'evidence' else 'nothing' end
       when jsonb_typeof(r.criteria) <> 'object' then 'unknown'
       when r.target_model in ('OnboardingProcess', 'OffboardingProcess') then
         case when ${given('tag')} then 'unknown' else 'evidence' end
       when r.target_model in ('ActivityExecution', 'Campaign', 'MaintenanceLog', 'BCDRTestLog', 'UARExecution') then
         case when s.selector is null or r.criteria ? 'method' and not ${given('method')} then 'nothing'
              when c.criterion is null then 'evidence'
              when coalesce(v.text, '') = '' or (c.kind = 'names' and v.text = '[]') then 'nothing'
              when c.kind = 'id' and v.text !~ '^[0-9]{1,10}(\\.0+)?$' or c.kind = 'text' and v.type <> 'string'
                or c.kind = 'names' and v.type <> 'array' then 'unknown'
              else 'evidence' end
       when s.selector is null then 'unknown'
       when c.kind = 'id' and v.text !~ '^[0-9]{1,10}(\\.0+)?$' then 'unknown'
       else 'evidence' end`;

/**
 * Criteria are text that anybody may have typed. This query turns each rule of `scope` into a question to the evidence and never
 * fails: what cannot be understood becomes the `problem` of its own rule, which is then `unknown`.
 *
 * One row a rule: `selector` and `key` say which evidence it asks for (`key` is '' where none is needed), or
 * `problem` why it cannot be asked. A key is text, also where it is a number, so that a number beyond every id simply finds
 * nothing.
 */
export const questionsOf = (evaluated: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select r.id, r.control_pk, r.name, r.target_model, r.frequency_days, r.grace_period_days, r.enabled, r.evaluated, r.hash,
         s.selector,
         case c.kind
           when 'id' then case when v.text ~ '^[0-9]{1,10}(\\.0+)?$' then (split_part(v.text, '.', 1)::bigint)::text end
           else coalesce(v.text, '') end as key,
         ${opsdeckAsks} as opsdeck_asks,
         case
           when not r.evaluated then null
           when r.criteria is null then 'criteria is not valid JSON'
           when jsonb_typeof(r.criteria) <> 'object' then 'criteria is not a JSON object'
           when r.target_model in ('OnboardingProcess', 'OffboardingProcess') and ${given('tag')}
             then 'criterion "tag" cannot be evaluated: people have no tags'
           when s.selector is null and m.method is null then 'target model is not known: ' || r.target_model
           when s.selector is null then 'method is not known: ' || left(m.method, 60)
           when c.criterion is null then null
           when coalesce(v.text, '') = '' or (c.kind = 'names' and v.text = '[]') then
             case s.selector when 'activity_name' then 'criteria name no activity: "value" or "activity_name" is missing'
                             else format('criterion "%s" is missing', c.criterion) end
           when c.kind = 'id' and (v.type not in ('number', 'string') or v.text !~ '^[0-9]{1,10}(\\.0+)?$')
             then format('criterion "%s" is not an id: %s', c.criterion, left(v.text, 60))
           when c.kind = 'text' and v.type <> 'string' then format('criterion "%s" is not a text', c.criterion)
           when c.kind = 'names' and (v.type <> 'array' or jsonb_path_exists(v.value, 'strict $[*] ? (@.type() != "string")', '{}', true))
             then format('criterion "%s" is not a list of names', c.criterion)
         end as problem
    -- Kept apart, so that no text is parsed once for every place that looks into it.
    from (${parsedRules(evaluated)} offset 0) r
   cross join lateral (select ${method} as method) m
   cross join lateral (select ${selector} as selector) s
    left join ${criteria} as c (selector, criterion, kind) on c.selector = s.selector
   cross join lateral (
     select r.criteria -> c.criterion as value, jsonb_typeof(r.criteria -> c.criterion) as type,
            case c.kind when 'id' then btrim(r.criteria ->> c.criterion) else r.criteria ->> c.criterion end as text) v`;

/** Of the rules that are evaluated. */
export const questions: RawBuilder<unknown> = questionsOf(evaluatedRules);
