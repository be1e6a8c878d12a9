import type { Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import type { EnqueueResult } from '../../src/notify/notifier.ts';
import { type AlertedRegression, driftAlert, evaluationAlert } from './alert.ts';
import { causes } from './cause.ts';
import type { Finding } from './findings.ts';
import { sumStatus } from './result.ts';
import type { DriftParams, DriftSettings } from './settings.ts';
import type { FrameworkCount } from './take-snapshot.ts';

export interface AlertInput {
  /** null in a dry run. */
  readonly auditId: number | null;
  readonly takenAt: Date;
  readonly counts: readonly FrameworkCount[];
  readonly findings: readonly Finding[];
}

/**
 * Queues, in the transaction of the snapshot, at most two messages for each destination: one about the regressions, if one of them is
 * of a level that is alerted, and one about the evaluation, if too much of what is applicable is unknown.
 */
export async function queueAlerts(
  trx: Transaction<Database>,
  context: JobContext<DriftParams, DriftSettings>,
  { auditId, takenAt, counts, findings }: AlertInput,
): Promise<EnqueueResult> {
  const { notifier, settings, runId, appBaseUrl, zones } = context;
  const check = { runId, snapshotId: auditId, takenAt, zone: zones.business, appBaseUrl };
  const results: EnqueueResult[] = [];

  const regressions = findings.flatMap(toRegression);
  if (regressions.some(({ severity }) => settings.alert_levels.includes(severity))) {
    const improvements = findings.filter(({ change }) => change.class === 'improvement').length;
    results.push(await notifier.enqueue(trx, driftAlert({ ...check, regressions, improvements })));
  }

  const status = sumStatus(counts);
  const applicable = Object.values(status).reduce((sum, one) => sum + one, -status.not_applicable);
  if (status.unknown > settings.unknown_share * applicable) {
    const alert = evaluationAlert({
      ...check,
      unknown: counts.flatMap(toUnknown),
      unknownControls: status.unknown,
      applicable,
      limit: settings.unknown_share,
    });
    results.push(await notifier.enqueue(trx, alert));
  }
  return {
    queued: results.flatMap((one) => one.queued),
    notes: results.flatMap((one) => one.notes),
  };
}

function toRegression({ change, flapping, ...finding }: Finding): AlertedRegression[] {
  if (change.severity === null) return [];
  return [
    {
      frameworkId: finding.frameworkId,
      framework: finding.frameworkName,
      controlId: finding.controlId,
      name: finding.controlName,
      from: change.from,
      to: change.to,
      severity: change.severity,
      cause: causes[change.cause],
      flapping,
    },
  ];
}

function toUnknown(count: FrameworkCount) {
  return count.problems.map((control) => ({
    frameworkId: count.framework_id,
    framework: count.framework_name,
    controlId: control.control_id,
    name: control.name,
    reason: reasonOf(control),
  }));
}

/** Why a control is unknown: the first of its rules that could not be evaluated. */
export function reasonOf({ rules }: FrameworkCount['problems'][number]): string {
  const rule = rules.find((one) => one.status === 'unknown');
  return rule === undefined ? 'not known' : `rule ${rule.name}: ${rule.reason ?? 'not known'}`;
}
