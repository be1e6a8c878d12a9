import { type RawBuilder, sql } from 'kysely';

/**
 * CTE `owned_activity` over `judged`: of each evaluated rule that asks for an activity, who owns it. OpsDeck records no owner of a
 * control or a rule; an activity that a group owns names no person.
 */
export const ownedActivities: RawBuilder<unknown> = sql`
  owned_activity as (
    select j.control_pk, j.id as rule_id, a.name as activity, a.owner_id as user_id
      from judged j
      -- One key of either kind: with an OR between the two, each rule would be compared with each activity.
      join (select 'activity' as selector, id::text as key, name, owner_id, owner_type from security_activity
            union all
            select 'activity_name', name, name, owner_id, owner_type from security_activity) a
        on a.selector = j.selector and a.key = j.key
     where j.status is not null and a.owner_type = 'User' and a.owner_id is not null
  )`;
