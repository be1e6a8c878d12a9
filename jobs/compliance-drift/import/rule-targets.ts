import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { count } from '../../../src/text/count.ts';
import { nearest } from '../../../src/text/suggest.ts';
import { questions } from '../rules/criteria.sql.ts';
import { resolvedControls } from './control-reference.ts';

/** How many rules are named, and of how many names a near one is suggested. */
const named = 20;
const mostNames = 2000;

const things: Readonly<Record<string, string>> = {
  activity: 'activity',
  activity_name: 'activity',
  campaign_tags: 'tag',
  campaign_title: 'campaign with such a title',
  maintenance_type: 'maintenance of the type',
  bcdr_plan: 'recovery test of plan',
  assessment_supplier: 'supplier',
  review_comparison: 'comparison',
  review_name: 'comparison',
};

/**
 * Of the rules that were just imported those that ask for what is not there (yet): a typing error, or evidence that is still to come.
 * As sentences.
 */
export async function rulesWithoutTarget(trx: Transaction<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ rule: string; control: string; selector: string; key: string; total: number }>`
    with imported as materialized (
      select s.control_pk, s.name, s.control_id from (${resolvedControls}) s
    ),
    scope as materialized (
      select distinct control_pk, true as is_applicable from imported
    ),
    question as materialized (${questions}),
    asked as (
      select i.name as rule, i.control_id as control, q.selector, k.key
        from question q
        join imported i on i.control_pk = q.control_pk and i.name = q.name
       cross join lateral (
         select jsonb_array_elements_text(q.key::jsonb) as key where q.selector = 'campaign_tags'
         union all select q.key where q.selector <> 'campaign_tags') k
       where q.problem is null and q.evaluated and k.key <> ''
    ),
    target (selector, key) as (
      select 'activity', id::text from security_activity
      union all select 'activity_name', name from security_activity
      union all select 'campaign_tags', name from tag
      union all select 'maintenance_type', event_type from maintenance_log
      union all select 'bcdr_plan', plan_id::text from bcdr_test_log
      union all select 'assessment_supplier', id::text from supplier
      union all select 'review_comparison', id::text from uar_comparison
      union all select 'review_name', name from uar_comparison
    )
    select a.rule, a.control, a.selector, a.key, (count(*) over ())::int as total
      from asked a
     where not exists (select from target t where t.selector = a.selector and t.key = a.key)
       and (a.selector <> 'campaign_title'
            or not exists (select from campaign c where lower(c.title) like '%' || lower(a.key) || '%'))
     order by a.control, a.rule, a.key limit ${named}`.execute(trx);
  const activities = rows.some(({ selector }) => selector === 'activity_name')
    ? await activityNames(trx)
    : [];
  const sentences = rows.map(({ rule, control, selector, key }) => {
    const near = selector === 'activity_name' ? nearest(key, activities) : undefined;
    const hint = near === undefined ? '' : `; did you mean '${near}'?`;
    return `Rule '${rule}' of ${control} matches nothing: there is no ${things[selector] ?? selector} '${key}'${hint}`;
  });
  const more = (rows[0]?.total ?? 0) - rows.length;
  return more > 0
    ? [...sentences, `${count(more, 'more rule matches', 'more rules match')} nothing.`]
    : sentences;
}

async function activityNames(trx: Transaction<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from security_activity order by name limit ${mostNames}`.execute(trx);
  return rows.map(({ name }) => name);
}
