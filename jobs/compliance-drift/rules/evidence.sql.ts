import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../../src/time/zones.ts';
import { type EvidencePolicy, standings } from './evidence-words.sql.ts';

/** Runs a scan only where a rule asks for it: the condition has no column in it, so it is tested once, before the scan. */
const asked = (...selectors: readonly string[]) =>
  sql`(select bool_or(selector in (${sql.join(selectors.map((name) => sql.lit(name)))})) from asked)`;

/**
 * CTEs from `asked` to `answer`: for every question that `question` holds its newest evidence, `id` and `day` (a calendar date in the
 * business zone), and what was left out: `unread_id` and `unread_word`, the newest row whose status is on no list; `other`, whether
 * there is a row that is known not to be done; `unsigned`, whether there is a review that only lacks its sign-off. Each evidence table
 * is read once, whatever the number of rules.
 *
 * Evidence counts from its calendar day on: what is dated after today does not count. Dates before the year 1 and infinite ones
 * are not dates. Of equals the highest id is the newest.
 */
export function latestEvidence(zones: Zones, policy: EvidencePolicy): RawBuilder<unknown> {
  const done = sql.lit(standings.done);
  return sql`
  ${evidenceRows(zones, policy, 'newest')},
  -- At most one row of each standing, so that max() is its value.
  answer as (
    select selector, key, max(id) filter (where standing = ${done}) as id, max(day) filter (where standing = ${done}) as day,
           max(id) filter (where standing = ${sql.lit(standings.unread)}) as unread_id,
           max(word) filter (where standing = ${sql.lit(standings.unread)}) as unread_word,
           bool_or(standing = ${sql.lit(standings.notDone)}) as other,
           bool_or(standing = ${sql.lit(standings.unsigned)}) as unsigned
      from found group by selector, key
  )`;
}

/**
 * CTEs from `asked` to `found`: for the questions that `question` holds `selector`, `key` and the evidence: `id`, `day`, the word of its status
 * and its standing. `newest`: of each standing the newest alone; `all`: every row.
 */
export function evidenceRows(
  zones: Zones,
  policy: EvidencePolicy,
  which: 'newest' | 'all',
): RawBuilder<unknown> {
  const newest = which === 'newest';
  const one = (columns: string) => sql.raw(newest ? `distinct on (${columns})` : '');
  const by = (order: string) => sql.raw(newest ? `order by ${order}` : '');
  const day = (timestamp: RawBuilder<unknown>) => sql`
    case when ${timestamp} between timestamp '0001-01-02' and timestamp '9999-12-30'
         then (${timestamp} at time zone ${zones.stored}::text at time zone ${zones.business}::text)::date end`;
  const counts = (date: RawBuilder<unknown>) =>
    sql`${date} between date '0001-01-01' and (select today from moment)`;
  /** Without a status a row has the one that OpsDeck gives to a new one. */
  const status = (column: string, whenNull: string) =>
    sql`coalesce(${sql.ref(column)}, ${sql.lit(whenNull)})`;
  const done = sql.lit(standings.done);
  const reviewStanding = policy.standing('UARExecution', status('e.status', 'running'));
  const signed = sql`exists (select from opsdeck_jobs.uar_sign_off s where s.execution_id = e.id)`;
  return sql`
  asked as materialized (
    select distinct selector, key from question where evaluated and problem is null
  ),
  execution as materialized (
    select ${one('activity_id, standing')} activity_id, id, execution_date as day, status as word, standing
      from (select *, ${policy.standing('ActivityExecution', sql`status`)} as standing
              from activity_execution
             where ${asked('activity', 'activity_name')} and ${counts(sql`execution_date`)}) e
     ${by('activity_id, standing, execution_date desc, id desc')}
  ),
  campaigns as materialized (
    select c.id, lower(c.title) as title, c.processed_at, c.created_at, d.day, c.status as word,
           ${policy.standing('Campaign', status('c.status', 'draft'))} as standing
      from campaign c cross join lateral (select ${day(sql`coalesce(c.processed_at, c.created_at)`)} as day) d
     where ${asked('campaign_tags', 'campaign_title')} and ${counts(sql`d.day`)}
  ),
  maintenance as materialized (
    select ${one('event_type, standing')} event_type, id, created_at, day, word, standing
      from (select l.event_type, l.id, l.created_at, d.day, l.status as word,
                   ${policy.standing('MaintenanceLog', status('l.status', 'Open'))} as standing
              from maintenance_log l cross join lateral (select ${day(sql`l.created_at`)} as day) d
             where ${asked('maintenance', 'maintenance_type')} and ${counts(sql`d.day`)}) l
     ${by('event_type, standing, created_at desc, id desc')}
  ),
  bcdr as materialized (
    select ${one('plan_id, standing')} plan_id, id, test_date as day, status as word, standing
      from (select *, ${policy.standing('BCDRTestLog', status('status', 'In Progress'))} as standing
              from bcdr_test_log where ${asked('bcdr', 'bcdr_plan')} and ${counts(sql`test_date`)}) t
     ${by('plan_id, standing, test_date desc, id desc')}
  ),
  assessment as materialized (
    select ${one('supplier_id, standing')} supplier_id, id, assessment_date as day, status as word, standing
      from (select *, ${policy.standing('SecurityAssessment', status('status', 'Pending Review'))} as standing
              from security_assessment
             where ${asked('assessment', 'assessment_supplier')} and ${counts(sql`assessment_date`)}) a
     ${by('supplier_id, standing, assessment_date desc, id desc')}
  ),
  review as materialized (
    select ${one('comparison_id, standing')} comparison_id, name, id, started_at, day, word, standing
      from (select e.comparison_id, c.name, e.id, e.started_at, d.day, e.status as word,
                   ${
                     policy.signedOffOnly
                       ? sql`case when ${reviewStanding} = ${done} and not ${signed}
                                  then ${sql.lit(standings.unsigned)} else ${reviewStanding} end`
                       : reviewStanding
                   } as standing
              from uar_execution e
              join uar_comparison c on c.id = e.comparison_id
             cross join lateral (select ${day(sql`e.started_at`)} as day) d
             where ${asked('review', 'review_comparison', 'review_name')} and ${counts(sql`d.day`)}) r
     ${by('comparison_id, standing, started_at desc, id desc')}
  ),
  found as (
    select 'activity' as selector, activity_id::text as key, id, day, word, standing from execution
    union all
    (select ${one('a.name, e.standing')} 'activity_name', a.name, e.id, e.day, e.word, e.standing
       from (select distinct on (name) name, id from security_activity where ${asked('activity_name')} order by name, id) a
       join execution e on e.activity_id = a.id)
    union all
    (select ${one('q.key, c.standing')} 'campaign_tags', q.key, c.id, c.day, c.word, c.standing
       from (select key, jsonb_array_elements_text(key::jsonb) as tag from asked where selector = 'campaign_tags') q
       join tag t on t.name = q.tag
       join campaign_tags x on x.tag_id = t.id
       join campaigns c on c.id = x.campaign_id
      ${by('q.key, c.standing, c.processed_at desc nulls last, c.created_at desc nulls last, c.id desc')})
    union all
    -- % and _ of the pattern are wildcards, as in OpsDeck. A pattern never ends the LIKE pattern, so a backslash at its end is no error.
    (select ${one('q.key, c.standing')} 'campaign_title', q.key, c.id, c.day, c.word, c.standing
       from (select key, '%' || lower(key) || '%' as pattern from asked where selector = 'campaign_title') q
       join campaigns c on c.title like q.pattern
      ${by('q.key, c.standing, c.processed_at desc nulls last, c.created_at desc nulls last, c.id desc')})
    union all
    select 'maintenance_type', event_type, id, day, word, standing from maintenance
    union all
    (select ${one('standing')} 'maintenance', '', id, day, word, standing
       from maintenance ${by('standing, created_at desc, id desc')})
    union all
    select 'bcdr_plan', plan_id::text, id, day, word, standing from bcdr
    union all
    (select ${one('standing')} 'bcdr', '', id, day, word, standing from bcdr ${by('standing, day desc, id desc')})
    union all
    ${process('onboarding', sql`onboarding_process`, policy.standing('OnboardingProcess', status('p.status', 'Provisioning')))}
    union all
    ${process('offboarding', sql`offboarding_process`, policy.standing('OffboardingProcess', status('p.status', 'In Progress')))}
    union all
    select 'assessment_supplier', supplier_id::text, id, day, word, standing from assessment
    union all
    (select ${one('standing')} 'assessment', '', id, day, word, standing
       from assessment ${by('standing, day desc, id desc')})
    union all
    ${process('risk', sql`risk_assessment`, policy.standing('RiskAssessment', status('p.status', 'Draft')))}
    union all
    select 'review_comparison', comparison_id::text, id, day, word, standing from review
    union all
    (select ${one('name, standing')} 'review_name', name, id, day, word, standing
       from review ${by('name, standing, started_at desc, id desc')})
    union all
    (select ${one('standing')} 'review', '', id, day, word, standing
       from review ${by('standing, started_at desc, id desc')})
  )`;

  /** The newest rows of a table that is asked for as a whole, by the time of creation. */
  function process(selector: string, table: RawBuilder<unknown>, standing: RawBuilder<number>) {
    return sql`
    (select ${one('standing')} ${sql.lit(selector)}, '', id, day, word, standing
       from (select p.id, p.created_at, d.day, p.status as word, ${standing} as standing
               from ${table} p cross join lateral (select ${day(sql`p.created_at`)} as day) d
              where ${asked(selector)} and ${counts(sql`d.day`)}) p
      ${by('standing, created_at desc, id desc')})`;
  }
}
