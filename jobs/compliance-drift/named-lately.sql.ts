import { type RawBuilder, sql } from 'kysely';
import { regressionKeys } from './alert.ts';
import { driftEvent } from './alert-message.ts';

/**
 * CTE `named_lately (framework_id, control_id)`: the controls that an alert about regressions listed as non-compliant within the 24 hours
 * before `now`. A control that its list left out, or whose alert was not sent for good, was not named.
 */
export function namedLately(now: Date): RawBuilder<unknown> {
  return sql`
  named_lately as materialized (
    select distinct (g.value ->> 'framework_id')::int as framework_id, r.value ->> 'control_id' as control_id
      from opsdeck_jobs.message m
     cross join lateral jsonb_array_elements(m.context -> 'groups') as g
     cross join lateral jsonb_array_elements(g.value -> 'rows') as r
     where m.event_code = ${driftEvent.code} and starts_with(m.dedupe_key, ${regressionKeys})
       and m.created_at > ${now.toISOString()}::timestamptz - interval '24 hours' and m.state not in ('failed', 'cancelled')
       and r.value ->> 'to' = 'non-compliant'
  )`;
}
