import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Review } from './review.ts';

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
