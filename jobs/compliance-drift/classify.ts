import type { FailOnLevel } from '../../src/job/fail-on-levels.ts';
import { type Cause, type Explanation, explainChange, explainLoss, explainRecovery } from './cause.ts';
import type { Difference } from './rule-state.ts';
import type { ControlStatus, KnownStatus } from './status.ts';

export const changeClasses = [
  'regression',
  'coverage_lost',
  'first_measurement',
  'improvement',
  'control_added',
  'control_removed',
  'became_not_applicable',
  'became_applicable',
  'evaluation_lost',
  'evaluation_restored',
  'evaluation_changed',
  'framework_removed',
  'renumbered',
  'requirement_replaced',
] as const;
export type ChangeClass = (typeof changeClasses)[number];

/** One change of one control. `coverage_lost` is a regression of level medium; only regressions have a severity. */
export interface Change extends Explanation {
  readonly from: ControlStatus | null;
  readonly to: ControlStatus | null;
  readonly class: ChangeClass;
  readonly severity: FailOnLevel | null;
}

/** What {@link classify} looks at. */
export interface Classified extends Pick<Difference, 'before' | 'known' | 'after'> {
  /** What the control comes to now by the rules of the evaluator that took the snapshot before; null: it is this one. */
  readonly byEarlierRules?: ControlStatus | null;
}

/**
 * The changes of a control whose status differs from the snapshot before. One, but two where a control is measured again: the
 * evaluation was restored, and if its last known status was another, that change too. Scope goes before everything else.
 */
export function classify({ before, known, after, byEarlierRules = null }: Classified): Change[] {
  const from = before?.status ?? null;
  const to = after?.status ?? null;
  const plain = (
    kind: ChangeClass,
    explanation: Explanation,
    severity: FailOnLevel | null = null,
  ): Change => ({ from, to, class: kind, severity, ...explanation });

  if (before === null && after === null) return [];
  if (before === null) return [plain('control_added', { cause: 'control_added', rules: [] })];
  if (after === null) return [plain('control_removed', { cause: 'control_removed', rules: [] })];
  if (before.status === after.status) return [];
  // Nothing changed but the evaluation itself.
  if (byEarlierRules === before.status) {
    return [
      plain('evaluation_changed', { cause: 'evaluation_changed', rules: after.rules.map(({ id }) => id) }),
    ];
  }
  const applicability: Explanation = { cause: 'applicability_changed', rules: [] };
  if (after.status === 'not_applicable') return [plain('became_not_applicable', applicability)];
  if (before.status === 'not_applicable') return [plain('became_applicable', applicability)];
  if (after.status === 'unknown') return [plain('evaluation_lost', explainLoss(after))];

  const now = { ...after, status: after.status };
  if (before.status === 'unknown') {
    const restored = plain('evaluation_restored', explainRecovery(before, now));
    return known === null || known.status === now.status ? [restored] : [restored, compare(known, now)];
  }
  return [compare({ ...before, status: before.status }, now)];
}

function compare(before: NonNullable<Difference['known']>, after: NonNullable<Difference['known']>): Change {
  const explanation = explainChange(before, after);
  return {
    from: before.status,
    to: after.status,
    ...classOf(before.status, after.status, explanation.cause),
    ...explanation,
  };
}

/** What failed is not measured, or not attested, any more: what looks better is only less known. */
const unmeasured: readonly Cause[] = [
  'rule_removed',
  'rule_disabled',
  'evaluation_error',
  'attestation_gone',
];

/** The class of a move between two different known statuses. */
export function classOf(
  from: KnownStatus,
  to: KnownStatus,
  cause: Cause,
): Pick<Change, 'class' | 'severity'> {
  if (to === 'uncovered') return { class: 'coverage_lost', severity: 'medium' };
  if (from === 'uncovered' && cause === 'rule_added' && (to === 'warning' || to === 'non_compliant')) {
    return { class: 'first_measurement', severity: null };
  }
  if (to === 'non_compliant') return { class: 'regression', severity: 'critical' };
  const passed = from === 'compliant' || from === 'manual';
  if (to === 'warning' && (passed || (from === 'uncovered' && cause === 'attestation_expired'))) {
    return { class: 'regression', severity: 'high' };
  }
  const failing = from === 'warning' || from === 'non_compliant';
  if (failing && unmeasured.includes(cause)) {
    return { class: 'coverage_lost', severity: 'medium' };
  }
  if (from === 'compliant' && to === 'manual') return { class: 'regression', severity: 'medium' };
  return { class: 'improvement', severity: null };
}

/** Three or more changes of a control in the last eight snapshots of its framework, this one included. */
export function isFlapping(difference: Pick<Difference, 'earlierChanges'>): boolean {
  return difference.earlierChanges + 1 >= 3;
}
