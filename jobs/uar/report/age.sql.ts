import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Review } from './review.ts';

/** How many findings of an execution have a severity, and were first found so many days before it. */
const age = z.object({ severity: z.string(), days: z.int(), findings: z.int() });
export type FindingAge = z.output<typeof age>;

/** By the first execution of the comparison that found the same; in days of 24 hours. One statement. */
export async function readAges(
  db: Kysely<Database>,
  { execution_id: id, comparison_id: comparison, finished_at: at }: Review,
): Promise<readonly FindingAge[]> {
  const { rows } = await sql`
    with first as (
      select o.identity, min(x.finished_at) as at
        from opsdeck_jobs.uar_observation o
        join opsdeck_jobs.uar_execution_record x on x.execution_id = o.execution_id
       where x.comparison_id = ${comparison}::integer and x.finished_at <= ${at.toISOString()}::timestamptz
         and o.identity in (select identity from opsdeck_jobs.uar_observation where execution_id = ${id}::integer)
       group by o.identity
    )
    select o.severity, coalesce(floor(extract(epoch from ${at.toISOString()}::timestamptz - f.at) / 86400), 0)::integer as days,
           count(*)::integer as findings
      from opsdeck_jobs.uar_observation o left join first f on f.identity = o.identity
     where o.execution_id = ${id}::integer
     group by 1, 2 order by 2, 1`.execute(db);
  return rows.map((row) => age.parse(row));
}

const earlier = z.object({
  executionId: z.int(),
  finishedAt: z.date(),
  counts: z.record(z.string(), z.int()),
});
/** The completed execution before, with its findings by severity. */
export type EarlierReview = z.output<typeof earlier>;

/** null: the execution is the first of its comparison. One statement. */
export async function readCountsBefore(
  db: Kysely<Database>,
  { execution_id: id, comparison_id: comparison, finished_at: at }: Review,
): Promise<EarlierReview | null> {
  const { rows } = await sql`
    select x.execution_id as "executionId", x.finished_at as "finishedAt",
           (select coalesce(json_object_agg(o.severity, o.findings), '{}')
              from (select severity, count(*)::integer as findings from opsdeck_jobs.uar_observation
                     where execution_id = x.execution_id group by severity) o) as counts
      from opsdeck_jobs.uar_execution_record x
     where x.comparison_id = ${comparison}::integer and x.outcome = 'completed'
       and (x.finished_at, x.execution_id) < (${at.toISOString()}::timestamptz, ${id}::integer)
     order by x.finished_at desc, x.execution_id desc limit 1`.execute(db);
  return rows[0] === undefined ? null : earlier.parse(rows[0]);
}
