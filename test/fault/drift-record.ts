import { sql } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';

export interface DriftRecord {
  /** Rows of OpsDeck's table and of ours: every snapshot must be in both. */
  readonly auditRows: number;
  readonly snapshots: number;
  /** Snapshots that were compared with one before and lack their changes, or the message about them. */
  readonly withoutChanges: number;
  readonly withoutMessage: number;
  /** Changes and messages that belong to no stored snapshot. */
  readonly strayChanges: number;
  readonly strayMessages: number;
  /** Messages of ours without OpsDeck's row, or the other way round. */
  readonly halfMessages: number;
  readonly running: number;
}

/**
 * What is stored of all runs. The test's data give every run but the first at least one critical regression, so each
 * compared snapshot has changes and a message, or something was half-written.
 */
export async function readDriftRecord(database: OpenDatabase): Promise<DriftRecord> {
  const { rows } = await sql<DriftRecord>`
    with compared as (
      select distinct audit_id from opsdeck_jobs.drift_snapshot_framework where previous_audit_id is not null
    )
    select
      (select count(*)::int from compliance_audit where audit_type = 'drift_snapshot') as "auditRows",
      (select count(*)::int from opsdeck_jobs.drift_snapshot s
         where exists (select from compliance_audit a where a.id = s.audit_id)
           and exists (select from opsdeck_jobs.drift_snapshot_framework f where f.audit_id = s.audit_id)) as "snapshots",
      (select count(*)::int from compared c
         where not exists (select from opsdeck_jobs.drift_event e where e.audit_id = c.audit_id)) as "withoutChanges",
      (select count(*)::int from compared c join opsdeck_jobs.drift_snapshot s using (audit_id)
         where not exists (select from opsdeck_jobs.message m where m.run_id = s.run_id)) as "withoutMessage",
      (select count(*)::int from opsdeck_jobs.drift_event e
         where not exists (select from compliance_audit a where a.id = e.audit_id)) as "strayChanges",
      (select count(*)::int from opsdeck_jobs.message m
         where not exists (select from opsdeck_jobs.drift_snapshot s where s.run_id = m.run_id)) as "strayMessages",
      (select count(*)::int from opsdeck_jobs.message m
         full join scheduled_communication c on c.id = m.communication_id
         where m.id is null or c.id is null) as "halfMessages",
      (select count(*)::int from opsdeck_jobs.job_run where status = 'running') as "running"
  `.execute(database.db);
  const record = rows[0];
  if (record === undefined) throw new Error('select without from returned no row');
  return record;
}

/** A record in which nothing is half-written; the counts of what is there are whatever they are. */
export const nothingHalfWritten = {
  withoutChanges: 0,
  withoutMessage: 0,
  strayChanges: 0,
  strayMessages: 0,
  halfMessages: 0,
};
