import { sql } from 'kysely';
import { z } from 'zod';
import { attentionOf, instant } from '../../src/job/attention.ts';
import { count } from '../../src/text/count.ts';

const waitingPolicy = z.object({ policy: z.string(), due: z.number(), accept: z.string(), since: instant });

/** Policies that deleted nothing in the newest run, because a person must accept the number of rows first. */
export const retentionAttention = attentionOf(
  waitingPolicy,
  () => sql`
    with newest as (
      select r.result::jsonb as result, r.started_at from opsdeck_jobs.job_run r
       where r.job = 'data-retention' and r.status in ('succeeded', 'failed') and r.result is not null
       order by r.started_at desc limit 1)
    select p ->> 'policy' as policy, (p ->> 'due')::float8 as due, p ->> 'accept' as accept,
           coalesce((select min(o.offered_at) from opsdeck_jobs.retention_offer o
                      where o.policy = p ->> 'policy'
                        and o.offered_at > coalesce((select max(a.accepted_at) from opsdeck_jobs.retention_acceptance a
                                                      where a.policy = o.policy), '-infinity')), n.started_at) as since
      from newest n cross join lateral jsonb_array_elements(n.result -> 'policies') p
     where p ->> 'accept' is not null
     order by 1`,
  (rows) =>
    rows.map(({ policy, due, accept, since }) => ({
      severity: 'medium',
      what: `policy ${policy} waits for an acceptance of ${count(due, 'row')}`,
      since,
      next: `run-job data-retention --param accept=${accept}`,
    })),
);
