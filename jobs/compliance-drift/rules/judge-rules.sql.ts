import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../../src/time/zones.ts';
import { questions } from './criteria.sql.ts';
import { latestEvidence, type ReviewEvidence } from './evidence.sql.ts';

/**
 * CTEs `question` to `judged`: the rules of the controls in `scope (control_pk, is_applicable)`, each with its newest evidence and its
 * status on the day `moment (today)`.
 *
 * A rule is measured in calendar days of the business zone from its newest evidence to today: up to `frequency_days` compliant, up to
 * `grace_period_days` more warning, then, or without evidence, non_compliant.
 */
export function judgedRules(zones: Zones, reviews: ReviewEvidence): RawBuilder<unknown> {
  return sql`
  question as materialized (${questions}),
  ${latestEvidence(zones, reviews)},
  measured as (
    select q.*, l.id as evidence_id, l.day,
           case when q.evaluated and q.problem is null then (select today from moment) - l.day end as days_since
      from question q
      left join latest l on l.selector = q.selector and l.key = q.key and q.evaluated and q.problem is null
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
