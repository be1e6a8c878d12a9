import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../../src/time/zones.ts';
import { questions } from './criteria.sql.ts';
import { latestEvidence } from './evidence.sql.ts';
import type { EvidencePolicy } from './evidence-words.sql.ts';

/**
 * CTEs `question` to `judged`: the rules of the controls in `scope (control_pk, is_applicable)`, each with its newest evidence and its
 * status on the day `moment (today)`.
 *
 * A rule is measured in calendar days of the business zone from its newest evidence to today: up to `frequency_days` compliant, up to
 * `grace_period_days` more warning, then, or without evidence, non_compliant. If all there is has a status that nobody can read,
 * the rule is unknown. `problem` says why a rule is unknown, `lack` what stands in the way of one without evidence.
 */
export function judgedRules(zones: Zones, policy: EvidencePolicy): RawBuilder<unknown> {
  return sql`
  question as materialized (${questions}),
  ${latestEvidence(zones, policy)},
  -- What rules name must be there, or no evidence can ever come.
  named (selector, key) as (
    select 'activity', id::text from security_activity
    union all select distinct 'activity_name', name from security_activity
    union all select 'review_comparison', id::text from uar_comparison
    union all select distinct 'review_name', name from uar_comparison
  ),
  read as (
    select q.*, a.id as evidence_id, a.day, a.unread_id, a.unread_word,
           coalesce(a.other, false) as passed_over,
           case when q.problem is null and a.id is null and a.unread_id is not null and not a.other and not a.unsigned
                then format('the status "%s" of its evidence is not known (%s %s)', left(a.unread_word, 60), q.target_model, a.unread_id)
                else q.problem end as obstacle,
           case when not q.evaluated or q.problem is not null or a.id is not null then null
                when a.unsigned then 'not signed off'
                when n.key is null and q.selector in ('activity', 'activity_name') then 'no such activity'
                when n.key is null and q.selector in ('review_comparison', 'review_name') then 'no such comparison' end as lack
      from question q
      left join answer a on a.selector = q.selector and a.key = q.key and q.evaluated and q.problem is null
      left join named n on n.selector = q.selector and n.key = q.key
  ),
  measured as (
    select id, control_pk, name, target_model, frequency_days, grace_period_days, enabled, evaluated, hash, selector, key,
           evidence_id, day, unread_id, unread_word, passed_over, lack, obstacle as problem,
           case when evaluated and obstacle is null then (select today from moment) - day end as days_since
      from read
  ),
  judged as (
    select m.*,
           case when not evaluated then null
                when problem is not null then 'unknown'
                when days_since is null then 'non_compliant'
                when days_since <= frequency_days then 'compliant'
                when days_since <= frequency_days::bigint + grace_period_days then 'warning'
                else 'non_compliant' end as status
      from measured m
  )`;
}
