import { type RawBuilder, sql } from 'kysely';
import { utcOffset } from './utc-offset.sql.ts';

/*
 * What OpsDeck's own evaluation makes of the controls. Its drift job compares with our snapshots, so the fields that it reads have its
 * words: it finds a change only where there is one. Ours are beside them, and nothing else of this program reads its words.
 *
 * It differs from ours: of most evidence every status counts, and what is dated after today counts; days are periods of 24 hours, and
 * a stored wall clock is taken for one of OpsDeck's zone; a row without a time comes before all others; criteria that are no JSON are
 * `{}`, and a rule that names nothing is non-compliant.
 */

/** The newest of a group as OpsDeck sorts it: NULL first. */
const newest = (column: string) =>
  sql`case when count(*) = count(${sql.ref(column)}) then max(${sql.ref(column)}) end`;

/** What its evaluation can read: beyond, it gives up the rule. */
const readable = (at: RawBuilder<unknown>) => sql`
  coalesce(${at} between '0001-01-02' and '9999-12-30', true)`;

const asked = (...selectors: readonly string[]) =>
  sql`(select bool_or(selector in (${sql.join(selectors.map((name) => sql.lit(name)))})) from opsdeck_asked)`;

/** One row of newest evidence for `selector` and `key`, of a date or of a wall clock. */
const evidence = (selector: string, key: RawBuilder<unknown>, at: RawBuilder<unknown>) => sql`
  select ${sql.lit(selector)} as selector, ${key} as key, ${readable(at)} as readable,
         case when ${readable(at)} then ${at}::timestamp end as at`;

const none = sql`''::text`;

/** The newest of a whole table by one column. */
const ofAll = (
  selector: string,
  table: string,
  column: string,
  where: RawBuilder<unknown> = sql`true`,
) => sql`
  (${evidence(selector, none, sql`t.at`)}
    from (select ${newest(column)} as at, count(*) as rows from ${sql.table(table)}
           where ${asked(selector)} and ${where}) t where t.rows > 0)`;

/** The newest by what the rule names. */
const ofEach = (
  selector: string,
  table: string,
  { key, column, where = sql`true` }: { key: string; column: string; where?: RawBuilder<unknown> },
) => sql`
  (${evidence(selector, sql`t.key`, sql`t.at`)}
    from (select ${sql.ref(key)}::text as key, ${newest(column)} as at from ${sql.table(table)}
           where ${asked(selector)} and ${where} group by ${sql.ref(key)}) t)`;

/** Campaigns by one kind of question; `matching` joins them as `c`. */
const campaigns = (selector: string, matching: RawBuilder<unknown>) => sql`
  (${evidence(selector, sql`t.key`, sql`t.at`)}
    from (select distinct on (q.key) q.key, coalesce(c.processed_at, c.created_at) as at
            from ${matching}
           where q.selector = ${sql.lit(selector)} and c.status in ('finished', 'ongoing')
           order by q.key, c.processed_at desc nulls first, c.created_at desc nulls first) t)`;

/**
 * CTEs `opsdeck_asked` to `opsdeck_control (control_pk, status, oldest_evidence_date)`, from `question` and `control`.
 */
export function opsdeckStatuses({
  now,
  zone,
}: {
  readonly now: Date;
  readonly zone: string;
}): RawBuilder<unknown> {
  const completed = sql`status = 'Completed'`;
  const passed = sql`status = 'Passed'`;
  const executed = sql`status = 'completed'`;
  return sql`
  opsdeck_asked as materialized (
    select distinct selector, key from question where opsdeck_asks = 'evidence'
  ),
  opsdeck_evidence as materialized (
    ${ofEach('activity', 'activity_execution', { key: 'activity_id', column: 'execution_date' })}
    union all
    (${evidence('activity_name', sql`a.name`, sql`max(e.execution_date)`)}
       from (select distinct on (name) name, id from security_activity where ${asked('activity_name')} order by name, id) a
       join activity_execution e on e.activity_id = a.id group by a.name)
    union all
    ${campaigns(
      'campaign_tags',
      sql`(select selector, key, case when selector = 'campaign_tags' then key::jsonb end as tags from opsdeck_asked) q
            join tag on q.tags ? tag.name
            join campaign_tags x on x.tag_id = tag.id
            join campaign c on c.id = x.campaign_id`,
    )}
    union all
    ${campaigns('campaign_title', sql`opsdeck_asked q join campaign c on c.title ilike '%' || q.key || '%'`)}
    union all
    ${ofEach('maintenance_type', 'maintenance_log', { key: 'event_type', column: 'created_at', where: completed })}
    union all
    ${ofAll('maintenance', 'maintenance_log', 'created_at', completed)}
    union all
    ${ofEach('bcdr_plan', 'bcdr_test_log', { key: 'plan_id', column: 'test_date', where: passed })}
    union all
    ${ofAll('bcdr', 'bcdr_test_log', 'test_date', passed)}
    union all
    ${ofAll('onboarding', 'onboarding_process', 'created_at')}
    union all
    ${ofAll('offboarding', 'offboarding_process', 'created_at')}
    union all
    ${ofEach('assessment_supplier', 'security_assessment', { key: 'supplier_id', column: 'assessment_date' })}
    union all
    ${ofAll('assessment', 'security_assessment', 'assessment_date')}
    union all
    ${ofAll('risk', 'risk_assessment', 'created_at')}
    union all
    ${ofEach('review_comparison', 'uar_execution', { key: 'comparison_id', column: 'started_at', where: executed })}
    union all
    (${evidence('review_name', sql`t.name`, sql`t.at`)}
       from (select c.name, ${newest('e.started_at')} as at
               from (select distinct on (name) name, id from uar_comparison where ${asked('review_name')} order by name, id) c
               join uar_execution e on e.comparison_id = c.id and e.status = 'completed' group by c.name) t)
    union all
    ${ofAll('review', 'uar_execution', 'started_at', executed)}
  ),
  opsdeck_rule as (
    select q.control_pk, e.at,
           case when q.opsdeck_asks = 'unknown' or not e.readable then 'unknown'
                when e.at is null then 'non_compliant'
                when d.days <= q.frequency_days then 'compliant'
                when d.days <= q.frequency_days::bigint + q.grace_period_days then 'warning'
                else 'non_compliant' end as status
      from question q
      left join opsdeck_evidence e on e.selector = q.selector and e.key = q.key and q.opsdeck_asks = 'evidence'
     cross join lateral (
       select floor(extract(epoch from ${now.toISOString()}::timestamptz - (e.at at time zone ${zone}::text)) / 86400) as days) d
     where q.evaluated
  ),
  opsdeck_control as (
    select c.control_pk,
           case when not c.is_applicable then 'not_applicable'
                when r.control_pk is null then case when c.links > 0 then 'manual' else 'uncovered' end
                else r.status end as status,
           to_char(r.oldest, 'YYYY-MM-DD"T"HH24:MI:SS') || ${utcOffset(sql`r.oldest`, zone)} as oldest_evidence_date
      from control c
      left join (select control_pk, min(at) as oldest,
                        case when bool_or(status = 'non_compliant') then 'non_compliant'
                             when bool_or(status = 'warning') then 'warning'
                             when bool_and(status = 'compliant') then 'compliant'
                             else 'uncovered' end as status
                   from opsdeck_rule group by control_pk) r on r.control_pk = c.control_pk
     where c.control_pk is not null
  )`;
}
