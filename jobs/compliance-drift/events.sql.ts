import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Finding } from './result.ts';

/**
 * One statement: every change into `drift_event`, in the transaction of its snapshot. Only the decisions go to the database; the names and
 * the rules before and after, which the decision rests on, are in `drift_compared` already.
 */
export async function insertEvents(
  trx: Transaction<Database>,
  auditId: number,
  detectedAt: Date,
  findings: readonly Finding[],
): Promise<void> {
  const decisions = findings.map(({ difference, change, flapping }) => ({
    framework_id: difference.frameworkId,
    control_pk: difference.controlKey,
    from_status: change.from,
    to_status: change.to,
    class: change.class,
    severity: change.severity,
    cause: change.cause,
    rules: change.rules,
    flapping,
  }));
  await sql`
    insert into opsdeck_jobs.drift_event
      (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name,
       from_status, to_status, class, severity, cause, detail, flapping)
    select ${auditId}::int, ${detectedAt.toISOString()}::timestamptz, c.framework_id, c.framework_name, c.control_pk,
           c.control_id, c.control_name, d.from_status, d.to_status, d.class, d.severity, d.cause,
           jsonb_build_object(
             'rules', d.rules,
             -- What a control that was unknown is compared with is the state in which it was last known.
             'before', case when c.before_status = 'unknown' and d.from_status <> 'unknown'
                            then c.before #> '{known,rules}' else c.before -> 'rules' end,
             'after', c.rules::jsonb),
           d.flapping
      from jsonb_to_recordset(${JSON.stringify(decisions)}::jsonb) as d (
             framework_id int, control_pk int, from_status text, to_status text, class text, severity text, cause text,
             rules jsonb, flapping boolean)
      join pg_temp.drift_compared c on c.framework_id = d.framework_id and c.control_pk = d.control_pk`.execute(
    trx,
  );
}
