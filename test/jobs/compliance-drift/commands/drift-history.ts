import { sql } from 'kysely';
import type { Io } from '../../../../src/cli/io.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import type { DatabaseHarness } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';

interface RecordedEvent {
  readonly controlId: string;
  readonly class: string;
  readonly severity: string | null;
}

const statesOf: Readonly<Record<string, readonly [from: string, to: string]>> = {
  improvement: ['non_compliant', 'compliant'],
  coverage_lost: ['compliant', 'uncovered'],
};

/**
 * Records a snapshot of one framework, as old as `daysAgo`, with its link in the chain, the way the job does; returns its id.
 */
export async function recordSnapshot(
  database: OpenDatabase,
  snapshot: {
    readonly daysAgo: number;
    readonly frameworkId?: number;
    readonly events?: readonly RecordedEvent[];
  },
): Promise<number> {
  const frameworkId = snapshot.frameworkId ?? 1;
  const { rows } = await sql<{ id: number }>`
    with audit as (
      insert into compliance_audit (status, audit_type, snapshot_data, created_at)
      values ('Planned', 'drift_snapshot',
              ${JSON.stringify({ opsdeck_jobs: { evaluator_version: 1 }, daysAgo: snapshot.daysAgo })}::json, now())
      returning id, sha256(convert_to(snapshot_data::text, 'UTF8')) as content
    ), link as (
      select audit.*, coalesce((select chain_hash from opsdeck_jobs.drift_snapshot order by audit_id desc limit 1),
                               decode(repeat('00', 32), 'hex')) as previous
        from audit
    ), snapshot as (
      insert into opsdeck_jobs.drift_snapshot
      select id, gen_random_uuid(), now() - ${snapshot.daysAgo} * interval '1 day', 1, content, previous,
             sha256(previous || content)
        from link returning audit_id
    ), framework as (
      insert into opsdeck_jobs.drift_snapshot_framework
      select audit_id, ${frameworkId}::int, 'Framework ' || ${frameworkId}::int, null, 4,
             '{"compliant":2,"warning":1,"non_compliant":1,"manual":0,"uncovered":0,"not_applicable":0,"unknown":0}'
        from snapshot
    )
    select audit_id as id from snapshot
  `.execute(database.db);
  const id = rows[0]?.id ?? 0;
  for (const event of snapshot.events ?? []) {
    const [from, to] = statesOf[event.class] ?? ['compliant', 'non_compliant'];
    await sql`
      insert into opsdeck_jobs.drift_event
        (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name,
         from_status, to_status, class, severity, cause, detail, flapping)
      values (${id}, now() - ${snapshot.daysAgo} * interval '1 day', ${frameworkId}, ${`Framework ${frameworkId}`},
              abs(hashtext(${event.controlId}::text)),
              ${event.controlId}, '=cmd()|<b>', ${from}, ${to}, ${event.class}, ${event.severity},
              'evidence_aged', '{}', false)
    `.execute(database.db);
  }
  return id;
}

/** A terminal whose environment names the database, which is closed first: an embedded one can be open only once. */
export async function ioOn(harness: DatabaseHarness, database: OpenDatabase, changes: Partial<Io> = {}) {
  const config = harness.configOf(database);
  await database.close();
  return memoryIo({
    env:
      config.kind === 'postgres'
        ? { DATABASE_URL: config.url, TIMEZONE: 'Europe/Madrid' }
        : { OPSDECK_JOBS_DATA_DIR: config.dataDir, TIMEZONE: 'Europe/Madrid' },
    ...changes,
  });
}
