import { type RawBuilder, sql } from 'kysely';

/** More days than this are no limit that anybody reaches; a date stays a date. */
const mostDays = sql.lit(100_000);
const limit = sql`least(greatest(frequency_days, -1), ${mostDays})`;
const grace = sql`least(greatest(grace_period_days, 0), ${mostDays})`;

/** A key that may be the number of a row, for its index: comparing texts reads the whole table for each rule. */
const keyAsId = sql`case when key ~ '^[0-9]{1,18}$' then key::bigint end`;

/** Of a row of `judged`: the name of the activity or the comparison, or what else it asks for; NULL: anything of its model. */
export const ruleAbout: RawBuilder<string | null> = sql`
  case selector
    when 'activity' then coalesce((select a.name from security_activity a where a.id = ${keyAsId}), key)
    when 'review_comparison' then coalesce((select c.name from uar_comparison c where c.id = ${keyAsId}), key)
    else nullif(key, '') end`;

/**
 * CTEs over `judged`. `limited`: the evaluated rules, of the controls of `among (control_pk)` or of all, with the days on which they turn.
 * `decisive`: of each control the rule that decides, as JSON.
 */
export function decidingRules(among: RawBuilder<unknown> | null): RawBuilder<unknown> {
  return sql`
    limited as (
      select j.*, j.day + ${limit} + 1 as late_on, j.day + ${limit} + ${grace} + 1 as over_on
        from judged j
       where j.status is not null ${among === null ? sql`` : sql`and j.control_pk in (select control_pk from ${among})`}
    ),
    decisive as (
      select distinct on (control_pk) control_pk,
             json_build_object('id', id, 'name', name, 'status', status, 'model', target_model, 'frequency_days', frequency_days,
                               'grace_period_days', grace_period_days, 'days_since', days_since, 'day', day,
                               'evidence_id', evidence_id, 'reason', coalesce(problem, lack),
                               'about', ${ruleAbout}) as rule
        from limited
       order by control_pk,
                case status when 'non_compliant' then 0 when 'warning' then 1 when 'unknown' then 2 else 3 end,
                over_on nulls first, id
    )`;
}
