import { sql } from 'kysely';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { overdueFrom } from '../../uar/due/due.sql.ts';
import type { OverviewPart } from './part.ts';

interface ReviewsIn {
  readonly completed: number;
  readonly incomplete: number;
  readonly appeared: number;
  readonly decided: number;
  readonly signed: number;
  readonly open: number;
  readonly severe: number;
  readonly overdue: number;
}

/** Executions, findings, decisions and sign-offs. One statement. */
export const reviewsPart: OverviewPart = {
  title: 'Access reviews',
  read: async ({ db, zones, now: moment, compared: { present, before } }) => {
    const { rows } = await sql<ReviewsIn>`
      select (select count(*)::integer from opsdeck_jobs.uar_execution_record
               where outcome = 'completed' and finished_at between begins and ends) as completed,
             (select count(*)::integer from opsdeck_jobs.uar_execution_record
               where outcome <> 'completed' and finished_at between begins and ends) as incomplete,
             (select count(*)::integer from public.uar_finding
               where first_seen_at at time zone ${zones.stored}::text between begins and ends) as appeared,
             (select count(distinct finding_id)::integer from opsdeck_jobs.uar_decision
               where at between begins and ends) as decided,
             (select count(*)::integer from opsdeck_jobs.uar_sign_off where at between begins and ends) as signed,
             (select count(*)::integer from public.uar_finding where status = 'open') as open,
             (select count(*)::integer from public.uar_finding
               where status = 'open' and severity in ('critical', 'high')) as severe,
             (select count(*)::integer ${overdueFrom(zones, dayOf(moment, zones.business))}) as overdue
        from (values (1, ${present.from.toISOString()}::timestamptz, ${present.to.toISOString()}::timestamptz),
                     (2, ${before.from.toISOString()}::timestamptz, ${before.to.toISOString()}::timestamptz))
             as span (place, begins, ends)
       order by place`.execute(db);
    const [now, then] = rows;
    if (now === undefined || then === undefined) return [];
    const flow = (key: keyof ReviewsIn, what: string, bad: boolean, next: string) => ({
      ...{ what, value: now[key], before: then[key], detail: '', bad, next },
    });
    return [
      flow('completed', 'completed executions', false, 'uar list'),
      flow('incomplete', 'executions without a result', true, 'uar list'),
      flow('appeared', 'new findings', true, 'uar findings'),
      flow('decided', 'findings decided', false, 'decisions list'),
      flow('signed', 'executions signed off', false, 'uar list'),
      {
        ...{ what: 'findings open now', value: now.open, before: null },
        detail: now.severe === 0 ? '' : `${now.severe} critical or high`,
        ...{ bad: true, next: 'uar findings' },
      },
      {
        ...{ what: 'findings overdue now', value: now.overdue, before: null, detail: '' },
        ...{ bad: true, next: 'uar findings' },
      },
    ];
  },
};
