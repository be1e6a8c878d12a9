import type { Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import type { EnqueueResult } from '../../src/notify/notifier.ts';
import { type AlertedRegression, driftAlert } from './alert.ts';
import { evaluationAlert } from './evaluation-alert.ts';
import { frameworksAlert } from './frameworks-alert.ts';
import { alertFacts } from './alert-facts.ts';
import { causes } from './cause.ts';
import type { Finding } from './findings.ts';
import { failingOf, sumStatus } from './result.ts';
import type { DriftParams, DriftSettings } from './settings.ts';
import type { FrameworkCount, LostFramework } from './take-snapshot.ts';

export interface AlertInput {
  /** null in a dry run. */
  readonly auditId: number | null;
  readonly takenAt: Date;
  readonly counts: readonly FrameworkCount[];
  readonly findings: readonly Finding[];
  readonly lost: readonly LostFramework[];
  /** What the forecasts of the run came to. */
  readonly forecasts: readonly EnqueueResult[];
}

/** What was queued, and how many alerts found nobody to be sent to. */
export interface AlertOutcome extends EnqueueResult {
  readonly withoutRecipient: number;
}

/**
 * Queues, in the transaction of the snapshot, at most three messages for each destination: one about the regressions, if one of them is
 * of a level that is alerted; one about the evaluation, if too much of what is applicable is unknown; and one about frameworks that are no
 * longer evaluated.
 */
export async function queueAlerts(
  trx: Transaction<Database>,
  context: JobContext<DriftParams, DriftSettings>,
  { auditId, takenAt, counts, findings, lost, forecasts }: AlertInput,
): Promise<AlertOutcome> {
  const { notifier, settings, runId, appBaseUrl, zones } = context;
  const check = { runId, snapshotId: auditId, takenAt, zone: zones.business, appBaseUrl };
  const results = [...forecasts];

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
  if (lost.length > 0) {
    const frameworks = lost.map((one) => ({
      framework: one.framework_name,
      frameworkId: one.framework_id,
      cause: causes[one.cause],
      controls: one.controls,
      failing: failingOf(one),
      lastSnapshotId: one.audit_id,
    }));
    results.push(await notifier.enqueue(trx, frameworksAlert({ ...check, frameworks })));
  }
  return {
    withoutRecipient: results.filter((one) => one.noRecipient === true).length,
    queued: results.flatMap((one) => one.queued),
    notes: results.flatMap((one) => one.notes),
  };
}

function toRegression({ change, flapping, deciding, ...finding }: Finding): AlertedRegression[] {
  if (change.severity === null) return [];
  return [
    {
      frameworkId: finding.frameworkId,
      controlKey: finding.controlKey,
      framework: finding.frameworkName,
      controlId: finding.controlId,
      name: finding.controlName,
      from: change.from,
      to: change.to,
      severity: change.severity,
      cause: causes[change.cause],
      flapping,
      facts: alertFacts(change.to, deciding, finding.detail.attestation?.after ?? null),
    },
  ];
}

function toUnknown(count: FrameworkCount) {
  return count.problems.map((control) => ({
    frameworkId: count.framework_id,
    framework: count.framework_name,
    controlId: control.control_id,
    controlKey: control.control_key,
    name: control.name,
    reason: reasonOf(control),
  }));
}

/** Why a control is unknown: the first of its rules that could not be evaluated. */
export function reasonOf({ rules }: Pick<FrameworkCount['problems'][number], 'rules'>): string {
  const rule = rules.find((one) => one.status === 'unknown');
  return rule === undefined ? 'not known' : `rule ${rule.name}: ${rule.reason ?? 'not known'}`;
}
