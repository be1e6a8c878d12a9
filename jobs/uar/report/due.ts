import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { inBatches } from '../../../src/text/batches.ts';
import { addDays, type Day, dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { comparisonSettings } from '../compare/settings.ts';
import type { Deadline } from '../due/due-words.ts';
import type { FindingWithHistory } from './history.ts';
import type { Review } from './review.ts';

/** A finding with its age and due date on the day of the execution, by the settings that it had. */
export type FindingInReport = FindingWithHistory & Deadline;

const atOnce = 500;

const recorded = z.object({ settings: comparisonSettings });

/** One statement for each few hundred findings. */
export async function* withDue(
  db: Kysely<Database>,
  review: Review,
  findings: AsyncIterable<FindingWithHistory>,
  { stored, business }: Zones,
): AsyncGenerator<FindingInReport> {
  const policy = recorded.safeParse(review.config).data?.settings.due;
  const limits: Readonly<Record<string, number | string | undefined>> = policy ?? {};
  const day = dayOf(review.finished_at, business);
  for await (const batch of inBatches(findings, atOnce)) {
    const { rows } = await sql<{ identity: string; day: Day | null }>`
      with chosen as materialized (select decode(unnest(${batch.map(({ identity }) => identity)}::text[]), 'hex') as identity),
      reopened as (
        select p.identity, max(x.finished_at) as at
          from opsdeck_jobs.uar_execution_record x
          join opsdeck_jobs.uar_observation p on p.execution_id = x.execution_id
         where x.comparison_id = ${review.comparison_id}::integer and x.execution_id <= ${review.execution_id}::integer
           and p.novelty in ('recurred', 'reopened') and p.identity in (select identity from chosen)
         group by p.identity)
      select encode(i.identity, 'hex') as identity,
             to_char(coalesce(r.at, f.first_seen_at at time zone ${stored}::text) at time zone ${business}::text, 'YYYY-MM-DD') as day
        from chosen n
        join opsdeck_jobs.uar_identity i on i.identity = n.identity
        left join public.uar_finding f on f.id = i.finding_id
        left join reopened r on r.identity = i.identity`.execute(db);
    const opened = new Map(rows.map((row) => [row.identity, row.day]));
    for (const finding of batch) yield { ...finding, ...deadlineOf(finding, opened.get(finding.identity)) };
  }

  function deadlineOf(finding: FindingWithHistory, opened: Day | null | undefined): Deadline {
    if (opened == null) return { age_days: null, due: null, overdue: false };
    const limit = limits[finding.severity];
    const due = limit === undefined ? null : addDays(opened, Number.parseInt(String(limit), 10));
    const isOpen = finding.status === 'open' || finding.status === 'acknowledged';
    return {
      age_days: daysBetween(opened, day),
      due,
      overdue: due !== null && day > due && isOpen && finding.exception_id === null,
    };
  }
}
