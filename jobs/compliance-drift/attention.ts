import { sql } from 'kysely';
import type { ReadAttention } from '../../src/job/attention.ts';
import { count } from '../../src/text/count.ts';

interface FailingFramework {
  readonly name: string;
  readonly non_compliant: number;
  readonly warning: number;
  readonly taken_at: Date;
}

/** Failing controls of each active framework, as its newest snapshot has them. */
export const driftAttention: ReadAttention = async (db) => {
  const { rows } = await sql<FailingFramework>`
    select * from (
      select fw.name, coalesce((newest.status ->> 'non_compliant')::integer, 0) as non_compliant,
             coalesce((newest.status ->> 'warning')::integer, 0) as warning, s.taken_at
        from public.framework fw
       cross join lateral (
         select f.audit_id, f.status from opsdeck_jobs.drift_snapshot_framework f
          where f.framework_id = fw.id order by f.audit_id desc limit 1) newest
        join opsdeck_jobs.drift_snapshot s on s.audit_id = newest.audit_id
       where fw.is_active) one
     where non_compliant + warning > 0
     order by non_compliant desc, warning desc, name`.execute(db);
  return rows.map(({ name, non_compliant: bad, warning, taken_at: since }) => ({
    severity: bad > 0 ? 'high' : 'medium',
    what: `${count(bad + warning, 'failing control')} in ${name}: ${bad} non-compliant, ${warning} in warning`,
    since,
    next: 'controls list --failing',
  }));
};
