import type { FailOnLevel } from '../../src/job/define-job.ts';
import type { Cause } from './cause.ts';
import { type Change, type ChangeClass, classify, isFlapping } from './classify.ts';
import type { Difference } from './rule-state.ts';
import type { FrameworkCount } from './snapshot.sql.ts';
import { type ControlStatus, controlStatuses } from './status.ts';

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

/** A difference with what it means: one change, or two. */
export interface Finding {
  readonly difference: Difference;
  readonly change: Change;
  readonly flapping: boolean;
}

const levelOrder: Readonly<Record<FailOnLevel, number>> = { critical: 0, high: 1, medium: 2 };
/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

/** By severity, then framework, control and class: the same findings always come in the same order. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ change }: Finding) => (change.severity === null ? 3 : levelOrder[change.severity]);
  return findings.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      identifiers.compare(a.difference.frameworkName, b.difference.frameworkName) ||
      a.difference.frameworkId - b.difference.frameworkId ||
      identifiers.compare(a.difference.controlId, b.difference.controlId) ||
      a.difference.controlKey - b.difference.controlKey ||
      (a.change.class < b.change.class ? -1 : 1),
  );
}

/** Every difference, classified and labelled. */
export function toFindings(differences: readonly Difference[]): Finding[] {
  return differences.flatMap((difference) =>
    classify(difference).map((change) => ({ difference, change, flapping: isFlapping(difference) })),
  );
}

export interface RunOutcome {
  readonly counts: readonly FrameworkCount[];
  /** Sorted. */
  readonly findings: readonly Finding[];
  readonly messagesQueued: number;
}

export function toResult({ counts, findings, messagesQueued }: RunOutcome): DriftResult {
  const previous = counts.flatMap((one) => one.previous_audit_id ?? []);
  const count = (kind: ChangeClass) => findings.filter(({ change }) => change.class === kind).length;
  const level = (severity: FailOnLevel) =>
    findings.filter(({ change }) => change.severity === severity).length;
  const flapping = new Set(
    findings.filter((one) => one.flapping).map(({ difference }) => difference.controlKey),
  );
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

function toReported({ difference, change, flapping }: Finding): ReportedChange {
  return {
    framework: difference.frameworkName,
    control_id: difference.controlId,
    name: difference.controlName,
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
