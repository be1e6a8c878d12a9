import { sql } from 'kysely';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { ReportScope } from './read.ts';

/** What a page compares with, and the hash of what it shows. */
export interface RecordedBefore {
  readonly chainHash: string;
  /** In the period of the same length before this one; null: it has no snapshot. */
  readonly counts: Readonly<Record<'critical' | 'high' | 'medium' | 'improvement', number>> | null;
}

/** Two statements. `auditId`: the newest snapshot of the period; undefined: there is none. */
export async function recordedBefore(
  db: OpenDatabase['db'],
  { from, to, framework }: ReportScope,
  auditId: number | undefined,
): Promise<RecordedBefore | null> {
  if (auditId === undefined) return null;
  const start = new Date(2 * from.getTime() - to.getTime());
  const id = framework?.id ?? null;
  const hash = await sql<{ hash: string }>`
    select encode(chain_hash, 'hex') as hash from opsdeck_jobs.drift_snapshot
     where audit_id = ${auditId}::integer`.execute(db);
  const { rows } = await sql<Record<'snapshots' | 'critical' | 'high' | 'medium' | 'improvement', number>>`
    with before as (
      select s.audit_id from opsdeck_jobs.drift_snapshot s
       where s.taken_at >= ${start.toISOString()}::timestamptz and s.taken_at < ${from.toISOString()}::timestamptz
         and exists (select from opsdeck_jobs.drift_snapshot_framework f
                      where f.audit_id = s.audit_id and (${id}::int is null or f.framework_id = ${id}::int))
    )
    select (select count(*)::integer from before) as snapshots,
           count(*) filter (where severity = 'critical')::integer as critical,
           count(*) filter (where severity = 'high')::integer as high,
           count(*) filter (where severity = 'medium')::integer as medium,
           count(*) filter (where class = 'improvement')::integer as improvement
      from opsdeck_jobs.drift_event
     where audit_id in (select audit_id from before) and (${id}::int is null or framework_id = ${id}::int)`.execute(
    db,
  );
  const counts = rows[0];
  return {
    chainHash: hash.rows[0]?.hash ?? '',
    counts: counts === undefined || counts.snapshots === 0 ? null : counts,
  };
}
