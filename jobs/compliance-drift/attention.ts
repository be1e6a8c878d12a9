import { sql } from 'kysely';
import { z } from 'zod';
import { type AttentionItem, attentionOf, instant } from '../../src/job/attention.ts';
import { count } from '../../src/text/count.ts';

const failingFramework = z.object({
  ...{ name: z.string(), non_compliant: z.int(), warning: z.int(), taken_at: instant, actions: z.null() },
});

/** `named`: a few of those that are overdue. */
const openActions = z.object({
  ...{ open: z.int(), overdue: z.int(), since: instant, named: z.string().nullable() },
});

/** Failing controls of each active framework, as its newest snapshot has them; and what people do about controls and is not done. */
export const driftAttention = attentionOf(
  z.union([failingFramework, z.object({ actions: openActions })]),
  ({ zones, now }) => sql`
    with moment as (select (${now.toISOString()}::timestamptz at time zone ${zones.business}::text)::date as today),
    open_action as (
      select a.*, a.due < (select today from moment) as overdue, row_number() over (order by a.due, a.id) as place
        from opsdeck_jobs.control_action a
       where not exists (select from opsdeck_jobs.control_action_end e where e.action_id = a.id)
    )
    select null as name, null as non_compliant, null as warning, null as taken_at,
           json_build_object('open', count(*), 'overdue', count(*) filter (where overdue),
                             'since', min(case when overdue then (due + 1)::timestamp at time zone ${zones.business}::text
                                               else created_at end),
                             'named', string_agg(control_id || ' (due ' || due || ')', ', ' order by due, id)
                                        filter (where overdue and place <= 3)) as actions
      from open_action having count(*) > 0
    union all
    select one.*, null from (
      select fw.name, coalesce((newest.status ->> 'non_compliant')::integer, 0) as non_compliant,
             coalesce((newest.status ->> 'warning')::integer, 0) as warning, s.taken_at
        from public.framework fw
       cross join lateral (
         select f.audit_id, f.status from opsdeck_jobs.drift_snapshot_framework f
          where f.framework_id = fw.id order by f.audit_id desc limit 1) newest
        join opsdeck_jobs.drift_snapshot s on s.audit_id = newest.audit_id
       where fw.is_active) one
     where non_compliant + warning > 0
     order by non_compliant desc, warning desc, name`,
  (rows) =>
    rows.map((row): AttentionItem => {
      if (row.actions !== null) return actionsItem(row.actions);
      const { name, non_compliant: bad, warning, taken_at: since } = row;
      return {
        severity: bad > 0 ? 'high' : 'medium',
        what: `${count(bad + warning, 'failing control')} in ${name}: ${bad} non-compliant, ${warning} in warning`,
        since,
        next: 'controls list --failing',
      };
    }),
);

function actionsItem({ open, overdue, since, named }: z.output<typeof openActions>): AttentionItem {
  const more = overdue > 3 ? `, and ${overdue - 3} more` : '';
  return {
    severity: overdue > 0 ? 'medium' : 'low',
    what:
      overdue > 0
        ? `${overdue} of ${count(open, 'open action')} on controls overdue: ${named ?? ''}${more}`
        : `${count(open, 'open action')} on controls`,
    since,
    next: 'controls list',
  };
}
