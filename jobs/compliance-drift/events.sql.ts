import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Finding } from './findings.ts';

/** So many changes go into one statement; more than that in one run would be a heap of memory. */
const perStatement = 10_000;

/** Every change into `drift_event`, in the transaction of its snapshot: one statement for each ten thousand. */
export async function insertEvents(
  trx: Transaction<Database>,
  auditId: number,
  detectedAt: Date,
  findings: readonly Finding[],
): Promise<void> {
  for (let from = 0; from < findings.length; from += perStatement) {
    const rows = findings.slice(from, from + perStatement).map(toRow);
    await sql`
      insert into opsdeck_jobs.drift_event
        (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name,
         from_status, to_status, class, severity, cause, detail, flapping)
      select ${auditId}::int, ${detectedAt.toISOString()}::timestamptz, e.framework_id, e.framework_name, e.framework_control_id,
             e.control_id, e.control_name, e.from_status, e.to_status, e.class, e.severity, e.cause, e.detail, e.flapping
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e (
               framework_id int, framework_name text, framework_control_id int, control_id text, control_name text,
               from_status text, to_status text, class text, severity text, cause text, detail jsonb, flapping boolean)`.execute(
      trx,
    );
  }
}

function toRow(finding: Finding) {
  const { change } = finding;
  return {
    framework_id: finding.frameworkId,
    framework_name: finding.frameworkName,
    framework_control_id: finding.controlKey,
    control_id: finding.controlId,
    control_name: finding.controlName,
    from_status: change.from,
    to_status: change.to,
    class: change.class,
    severity: change.severity,
    cause: change.cause,
    detail: finding.detail,
    flapping: finding.flapping,
  };
}
