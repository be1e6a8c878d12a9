import type { FailOnLevel } from '../../src/job/fail-on-levels.ts';
import type { Cause } from './cause.ts';
import type { ChangeClass } from './classify.ts';
import type { Finding } from './findings.ts';
import { type ControlStatus, controlStatuses } from './status.ts';
import type { FrameworkCount } from './take-snapshot.ts';

/** A change as `run-job --json` shows it. */
export type ReportedChange = {
  /** The framework's name. */
  readonly framework: string;
  readonly control_id: string;
  readonly name: string;
  readonly from: ControlStatus | null;
  readonly to: ControlStatus | null;
  readonly class: ChangeClass;
  readonly severity: FailOnLevel | null;
  readonly cause: Cause;
  /** Only there when the control changed in three or more of the last eight snapshots. */
  readonly flapping?: true;
};

/** The result of a run; its keys are the `result` of `run-job compliance-drift --json`. */
export type DriftResult = {
  /** `compliance_audit.id`; null in a dry run. */
  readonly snapshot_id: number | null;
  /** The newest snapshot that a framework was compared with; null when there was none. */
  readonly previous_snapshot_id: number | null;
  /** No framework had an earlier snapshot to be compared with. */
  readonly baseline: boolean;
  readonly frameworks: number;
  readonly controls: number;
  readonly status: Readonly<Record<ControlStatus, number>>;
  readonly regressions: Readonly<Record<FailOnLevel, number>>;
  readonly improvements: number;
  readonly first_measurements: number;
  readonly scope: {
    readonly added: number;
    readonly removed: number;
    readonly became_not_applicable: number;
    readonly became_applicable: number;
  };
  readonly evaluation: { readonly lost: number; readonly restored: number };
  /** Controls that changed in this run and are flapping. */
  readonly flapping: number;
  readonly messages_queued: number;
  /** Worst first, then by framework and control. */
  readonly changes: readonly ReportedChange[];
};

export interface DriftOutcome {
  readonly counts: readonly FrameworkCount[];
  /** Sorted. */
  readonly findings: readonly Finding[];
  readonly messagesQueued: number;
}

export function toResult({ counts, findings, messagesQueued }: DriftOutcome): DriftResult {
  const previous = counts.flatMap((one) => one.previous_audit_id ?? []);
  const count = (kind: ChangeClass) => findings.filter(({ change }) => change.class === kind).length;
  const level = (severity: FailOnLevel) =>
    findings.filter(({ change }) => change.severity === severity).length;
  const flapping = new Set(findings.filter((one) => one.flapping).map((one) => one.controlKey));
  return {
    snapshot_id: counts[0]?.audit_id ?? null,
    previous_snapshot_id: previous.length === 0 ? null : Math.max(...previous),
    baseline: previous.length === 0,
    frameworks: counts.length,
    controls: sum(counts.map((one) => one.controls)),
    status: sumStatus(counts),
    regressions: { critical: level('critical'), high: level('high'), medium: level('medium') },
    improvements: count('improvement'),
    first_measurements: count('first_measurement'),
    scope: {
      added: count('control_added'),
      removed: count('control_removed'),
      became_not_applicable: count('became_not_applicable'),
      became_applicable: count('became_applicable'),
    },
    evaluation: { lost: count('evaluation_lost'), restored: count('evaluation_restored') },
    flapping: flapping.size,
    messages_queued: messagesQueued,
    changes: findings.map(toReported),
  };
}

function toReported({ frameworkName, controlId, controlName, change, flapping }: Finding): ReportedChange {
  return {
    framework: frameworkName,
    control_id: controlId,
    name: controlName,
    from: change.from,
    to: change.to,
    class: change.class,
    severity: change.severity,
    cause: change.cause,
    ...(flapping ? { flapping } : {}),
  };
}

/** How many controls are in each status, over all frameworks. */
export function sumStatus(counts: readonly FrameworkCount[]): Record<ControlStatus, number> {
  const total: Record<ControlStatus, number> = {
    compliant: 0,
    warning: 0,
    non_compliant: 0,
    manual: 0,
    uncovered: 0,
    not_applicable: 0,
    unknown: 0,
  };
  for (const status of controlStatuses) total[status] = sum(counts.map((one) => one.status[status]));
  return total;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
