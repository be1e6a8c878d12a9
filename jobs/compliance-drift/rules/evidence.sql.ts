import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../../src/time/zones.ts';

/** Words of `activity_execution.status` that say that the activity was not done, in small letters and without separators. */
const notDone = ['failed', 'fail', 'failure', 'cancelled', 'canceled', 'inprogress'];
/** `security_assessment.status`: not passed, or not decided yet. */
const notAssessed = ['rejected', 'pending', 'pendingreview'];
/** `risk_assessment.status` that is no assessment yet. */
const notFinal = ['draft'];

/** Status words are free text: letter case, spaces, dashes and underscores do not matter. */
const isNone = (column: RawBuilder<unknown>, words: readonly string[]) =>
  sql`translate(lower(${column}), E' \\t\\n_-', '') not in (${sql.join(words.map((word) => sql.lit(word)))})`;

/** Runs a scan only where a rule asks for it: the condition has no column in it, so it is tested once, before the scan. */
const asked = (...selectors: readonly string[]) =>
  sql`(select bool_or(selector in (${sql.join(selectors.map((name) => sql.lit(name)))})) from asked)`;

/** Which access reviews are evidence. */
export interface ReviewEvidence {
  /** Only executions that somebody has signed off; otherwise every completed one, as in OpsDeck. */
  readonly signedOffOnly: boolean;
}

/** As OpsDeck judges. */
export const everyReview: ReviewEvidence = { signedOffOnly: false };

/**
 * CTEs from `asked` to `latest (selector, key, id, day)`: the newest evidence for every question that `question` holds, `day`
 * being its calendar date in the business zone. Each evidence table is read once, whatever the number of rules.
 *
 * Evidence counts from its calendar day on: what is dated after today does not count. Dates before the year 1 and infinite ones
 * are not dates. Of equals the highest id is the newest.
 */
export function latestEvidence(zones: Zones, { signedOffOnly }: ReviewEvidence): RawBuilder<unknown> {
  const day = (timestamp: RawBuilder<unknown>) => sql`
    case when ${timestamp} between timestamp '0001-01-02' and timestamp '9999-12-30'
         then (${timestamp} at time zone ${zones.stored}::text at time zone ${zones.business}::text)::date end`;
  const counts = (date: RawBuilder<unknown>) =>
    sql`${date} between date '0001-01-01' and (select today from moment)`;
  return sql`
  asked as materialized (
    select distinct selector, key from question where evaluated and problem is null
  ),
  execution as materialized (
    select distinct on (activity_id) activity_id, id, execution_date as day
      from activity_execution
     where ${asked('activity', 'activity_name')}
       and ${counts(sql`execution_date`)} and ${isNone(sql`status`, notDone)}
     order by activity_id, execution_date desc, id desc
  ),
  campaigns as materialized (
    select c.id, lower(c.title) as title, c.processed_at, c.created_at, d.day
      from campaign c cross join lateral (select ${day(sql`coalesce(c.processed_at, c.created_at)`)} as day) d
     where ${asked('campaign_tags', 'campaign_title')}
       and c.status in ('finished', 'ongoing') and ${counts(sql`d.day`)}
  ),
  maintenance as materialized (
    select distinct on (l.event_type) l.event_type, l.id, l.created_at, d.day
      from maintenance_log l cross join lateral (select ${day(sql`l.created_at`)} as day) d
     where ${asked('maintenance', 'maintenance_type')} and l.status = 'Completed' and ${counts(sql`d.day`)}
     order by l.event_type, l.created_at desc, l.id desc
  ),
  bcdr as materialized (
    select distinct on (plan_id) plan_id, id, test_date as day
      from bcdr_test_log
     where ${asked('bcdr', 'bcdr_plan')} and status = 'Passed' and ${counts(sql`test_date`)}
     order by plan_id, test_date desc, id desc
  ),
  assessment as materialized (
    select distinct on (supplier_id) supplier_id, id, assessment_date as day
      from security_assessment
     where ${asked('assessment', 'assessment_supplier')} and ${counts(sql`assessment_date`)}
       -- Without a status it has the one that OpsDeck gives to a new one.
       and ${isNone(sql`coalesce(status, 'Pending Review')`, notAssessed)}
     order by supplier_id, assessment_date desc, id desc
  ),
  review as materialized (
    select distinct on (e.comparison_id) e.comparison_id, c.name, e.id, e.started_at, d.day
      from uar_execution e
      join uar_comparison c on c.id = e.comparison_id
     cross join lateral (select ${day(sql`e.started_at`)} as day) d
     where ${asked('review', 'review_comparison', 'review_name')} and e.status = 'completed' and ${counts(sql`d.day`)}
       ${signedOffOnly ? sql`and exists (select from opsdeck_jobs.uar_sign_off s where s.execution_id = e.id)` : sql``}
     order by e.comparison_id, e.started_at desc, e.id desc
  ),
  latest as (
    select 'activity' as selector, activity_id::text as key, id, day from execution
    union all
    (select distinct on (a.name) 'activity_name', a.name, e.id, e.day
       from (select distinct on (name) name, id from security_activity where ${asked('activity_name')} order by name, id) a
       join execution e on e.activity_id = a.id)
    union all
    (select distinct on (q.key) 'campaign_tags', q.key, c.id, c.day
       from (select key, jsonb_array_elements_text(key::jsonb) as tag from asked where selector = 'campaign_tags') q
       join tag t on t.name = q.tag
       join campaign_tags x on x.tag_id = t.id
       join campaigns c on c.id = x.campaign_id
      order by q.key, c.processed_at desc nulls last, c.created_at desc nulls last, c.id desc)
    union all
    -- % and _ of the pattern are wildcards, as in OpsDeck. A pattern never ends the LIKE pattern, so a backslash at its end is no error.
    (select distinct on (q.key) 'campaign_title', q.key, c.id, c.day
       from (select key, '%' || lower(key) || '%' as pattern from asked where selector = 'campaign_title') q
       join campaigns c on c.title like q.pattern
      order by q.key, c.processed_at desc nulls last, c.created_at desc nulls last, c.id desc)
    union all
    select 'maintenance_type', event_type, id, day from maintenance
    union all
    (select 'maintenance', '', id, day from maintenance order by created_at desc, id desc limit 1)
    union all
    select 'bcdr_plan', plan_id::text, id, day from bcdr
    union all
    (select 'bcdr', '', id, day from bcdr order by day desc, id desc limit 1)
    union all
    (select 'onboarding', '', p.id, d.day
       from onboarding_process p cross join lateral (select ${day(sql`p.created_at`)} as day) d
      where ${asked('onboarding')} and ${counts(sql`d.day`)} order by p.created_at desc, p.id desc limit 1)
    union all
    (select 'offboarding', '', p.id, d.day
       from offboarding_process p cross join lateral (select ${day(sql`p.created_at`)} as day) d
      where ${asked('offboarding')} and ${counts(sql`d.day`)} order by p.created_at desc, p.id desc limit 1)
    union all
    select 'assessment_supplier', supplier_id::text, id, day from assessment
    union all
    (select 'assessment', '', id, day from assessment order by day desc, id desc limit 1)
    union all
    (select 'risk', '', a.id, d.day
       from risk_assessment a cross join lateral (select ${day(sql`a.created_at`)} as day) d
      where ${asked('risk')} and ${counts(sql`d.day`)} and ${isNone(sql`coalesce(a.status, 'Draft')`, notFinal)}
      order by a.created_at desc, a.id desc limit 1)
    union all
    select 'review_comparison', comparison_id::text, id, day from review
    union all
    (select distinct on (name) 'review_name', name, id, day from review order by name, started_at desc, id desc)
    union all
    (select 'review', '', id, day from review order by started_at desc, id desc limit 1)
  )`;
}
