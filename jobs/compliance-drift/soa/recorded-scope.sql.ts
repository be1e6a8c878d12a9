import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { comparedFirst } from '../compared-snapshot.sql.ts';
import type { EvaluationScope } from '../evaluate.sql.ts';

const row = z.object({
  id: z.int(),
  takenAt: z.date(),
  chainHash: z.string(),
  /** null: there is no earlier snapshot of the same frameworks. */
  earlier: z.object({ takenAt: z.coerce.date(), applicable: z.int(), notApplicable: z.int() }).nullable(),
});
/** The newest snapshot of the frameworks, and how many controls applied at the one that it is compared with. */
export type RecordedScope = z.output<typeof row>;

/**
 * The earlier one is the newest that was taken 30 days before, else the oldest; it has every framework that is asked about. One statement. null: no snapshot
 * was taken.
 */
export async function readRecordedScope(
  db: Kysely<Database>,
  { now, frameworkId }: EvaluationScope,
): Promise<RecordedScope | null> {
  const { rows } = await sql`
    with wanted as materialized (
      select f.id from framework f
       where f.is_active and (${frameworkId}::integer is null or f.id = ${frameworkId}::integer)
         and exists (select from framework_control c where c.framework_id = f.id)
    ),
    taken as materialized (
      select s.audit_id, s.taken_at, s.chain_hash, array_agg(f.framework_id) @> (select array_agg(id) from wanted) as complete,
             coalesce(sum((f.status ->> 'not_applicable')::integer), 0)::integer as out, sum(f.controls)::integer as controls
        from opsdeck_jobs.drift_snapshot s
        join opsdeck_jobs.drift_snapshot_framework f on f.audit_id = s.audit_id
       where f.framework_id in (select id from wanted)
       group by s.audit_id
    ),
    newest as (select * from taken order by audit_id desc limit 1),
    earlier as (
      select t.* from taken t, newest n
       where t.complete and t.audit_id < n.audit_id
       order by ${comparedFirst(now)}
       limit 1
    )
    select n.audit_id as id, n.taken_at as "takenAt", encode(n.chain_hash, 'hex') as "chainHash",
           (select json_build_object('takenAt', e.taken_at, 'applicable', e.controls - e.out, 'notApplicable', e.out)
              from earlier e) as earlier
      from newest n`.execute(db);
  return rows[0] === undefined ? null : row.parse(rows[0]);
}
