import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import type { FailOnLevel } from '../../src/job/fail-on-levels.ts';
import { count } from '../../src/text/count.ts';
import type { Cause } from './cause.ts';
import type { ChangeClass } from './classify.ts';
import { remedyOf } from './controls/remedy.ts';
import type { Finding } from './findings.ts';
import { type ControlStatus, controlStatuses } from './status.ts';
import type { FailingControl, FrameworkCount, LostFramework } from './take-snapshot.ts';

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

/** A framework that is no longer evaluated, as `run-job --json` shows it. */
export type LostReport = {
  readonly framework: string;
  readonly cause: Cause;
  /** Of its last check. */
  readonly controls: number;
  readonly failing: number;
};

/** A control that fails now, as `run-job --json` shows it. */
export type ReportedFailing = {
  readonly framework: string;
  readonly control_id: string;
  readonly name: string;
  readonly status: 'non_compliant' | 'warning';
  /** The rule that decides; null: not known. */
  readonly rule: string | null;
  /** What fixes it, as one phrase. */
  readonly remedy: string;
};

/** A status word on neither list, and the newest row that has it. */
export type UnreadWord = { readonly model: string; readonly word: string; readonly id: number };

/** The result of a run; its keys are the `result` of `run-job compliance-drift --json`. */
export type DriftResult = {
  /** `compliance_audit.id`; null in a dry run. */
  readonly snapshot_id: number | null;
  /** Its chain hash, hexadecimal: `verify drift` compares it with the chain. */
  readonly snapshot_hash: string | null;
  /** The newest snapshot that a framework was compared with; null when there was none. */
  readonly previous_snapshot_id: number | null;
  /** No framework had an earlier snapshot to be compared with. */
  readonly baseline: boolean;
  /** In a baseline: snapshots that OpsDeck's own job stored, which are evaluated otherwise and not compared with; else 0. */
  readonly opsdeck_snapshots: number;
  readonly frameworks: number;
  readonly controls: number;
  readonly status: Readonly<Record<ControlStatus, number>>;
  /** The first twenty non-compliant controls and those in warning, worst first; `status` counts all. */
  readonly failing: readonly ReportedFailing[];
  readonly regressions: Readonly<Record<FailOnLevel, number>>;
  readonly improvements: number;
  readonly first_measurements: number;
  readonly scope: {
    readonly added: number;
    readonly removed: number;
    readonly became_not_applicable: number;
    readonly became_applicable: number;
    /** By imports of catalogs since the check before: requirements with another identifier, … */
    readonly renumbered: number;
    /** … and identifiers that name another requirement. */
    readonly requirements_replaced: number;
    /** Frameworks that the check before evaluated and this one does not. */
    readonly frameworks_removed: readonly LostReport[];
  };
  /** `changed`: by the rules of a new version of the program alone. */
  readonly evaluation: { readonly lost: number; readonly restored: number; readonly changed: number };
  /** Status words of evidence on neither list: what has them does not count. */
  readonly unread_words: readonly UnreadWord[];
  /** Controls that changed in this run and are flapping. */
  readonly flapping: number;
  readonly messages_queued: number;
  /** Alerts that nobody could be sent: the run fails. */
  readonly alerts_without_recipient: number;
  /** Worst first, then by framework and control. */
  readonly changes: readonly ReportedChange[];
};

export interface DriftOutcome {
  readonly counts: readonly FrameworkCount[];
  /** Sorted. */
  readonly findings: readonly Finding[];
  readonly lost: readonly LostFramework[];
  readonly failing: readonly FailingControl[];
  readonly messagesQueued: number;
  readonly withoutRecipient: number;
  readonly opsdeckSnapshots: number;
  readonly snapshotHash: string | null;
}

export function toResult({ counts, findings, lost, failing, ...alerts }: DriftOutcome): DriftResult {
  const previous = counts.flatMap((one) => one.previous_audit_id ?? []);
  const ofClass = (kind: ChangeClass) => findings.filter(({ change }) => change.class === kind).length;
  const level = (severity: FailOnLevel) =>
    findings.filter(({ change }) => change.severity === severity).length;
  const flapping = new Set(findings.filter((one) => one.flapping).map((one) => one.controlKey));
  return {
    snapshot_id: counts[0]?.audit_id ?? null,
    snapshot_hash: alerts.snapshotHash,
    previous_snapshot_id: previous.length === 0 ? null : Math.max(...previous),
    baseline: previous.length === 0,
    opsdeck_snapshots: alerts.opsdeckSnapshots,
    frameworks: counts.length,
    controls: sum(counts.map((one) => one.controls)),
    status: sumStatus(counts),
    failing: failing.map(({ framework_name: framework, rule, attestation, ...one }) => ({
      framework,
      control_id: one.control_id,
      name: one.name,
      status: one.status,
      rule: rule?.name ?? null,
      remedy: remedyOf({ status: one.status, rule, attestation }),
    })),
    regressions: { critical: level('critical'), high: level('high'), medium: level('medium') },
    improvements: ofClass('improvement'),
    first_measurements: ofClass('first_measurement'),
    scope: {
      added: ofClass('control_added'),
      removed: ofClass('control_removed'),
      became_not_applicable: ofClass('became_not_applicable'),
      became_applicable: ofClass('became_applicable'),
      renumbered: ofClass('renumbered'),
      requirements_replaced: ofClass('requirement_replaced'),
      frameworks_removed: lost.map((one) => ({
        framework: one.framework_name,
        cause: one.cause,
        controls: one.controls,
        failing: failingOf(one),
      })),
    },
    evaluation: {
      lost: ofClass('evaluation_lost'),
      restored: ofClass('evaluation_restored'),
      changed: ofClass('evaluation_changed'),
    },
    unread_words: unreadWords(counts),
    flapping: flapping.size,
    messages_queued: alerts.messagesQueued,
    alerts_without_recipient: alerts.withoutRecipient,
    changes: findings.filter(({ change }) => change.class !== 'framework_removed').map(toReported),
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

/** Controls that were non-compliant or warning. */
export function failingOf({ status }: Pick<FrameworkCount, 'status'>): number {
  return status.non_compliant + status.warning;
}

function unreadWords(counts: readonly FrameworkCount[]): readonly UnreadWord[] {
  const words = new Map(
    counts.flatMap((one) => one.unread.map((word) => [`${word.model} ${word.word}`, word])),
  );
  return [...words.values()];
}

/** An alert that nobody gets: the snapshot is stored, and the run fails, so that somebody hears of it at all. */
export function faultOf({ alerts_without_recipient: alerts, regressions }: DriftResult): JobFault | null {
  if (alerts === 0) return null;
  const total = regressions.critical + regressions.high + regressions.medium;
  return {
    code: 'no_recipient',
    message: `${count(alerts, 'alert')} could not be queued: no administrator has an e-mail address. This run found ${count(total, 'regression')}, ${regressions.critical} of them critical.`,
    next: "Add an administrator (role 'admin') with an e-mail address, or give the event COMPLIANCE_DRIFT another destination.",
    exitCode: ExitCode.failed,
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
