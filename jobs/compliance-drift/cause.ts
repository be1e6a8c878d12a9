import type { ControlState, RuleState } from './rule-state.ts';
import type { ControlStatus, KnownStatus } from './status.ts';

/** Why a control changed; the words are stored and printed. */
export const causes = {
  evidence_aged: 'evidence aged past its limit',
  evidence_gone: 'evidence gone',
  new_evidence: 'new evidence',
  rule_added: 'rule added',
  rule_changed: 'rule changed',
  rule_disabled: 'rule disabled',
  rule_removed: 'rule removed',
  link_added: 'link added',
  link_removed: 'link removed',
  applicability_changed: 'applicability changed',
  evaluation_error: 'evaluation error',
  control_added: 'control added',
  control_removed: 'control removed',
  framework_switched_off: 'framework switched off',
  framework_deleted: 'framework deleted',
  framework_recreated: 'framework deleted and created again',
  evaluation_changed: 'evaluation changed',
  attested_met: 'attested as met',
  attested_not_met: 'attested as not met',
  attestation_expired: 'attestation expired',
  attestation_gone: 'attestation gone',
  renumbered: 'identifier changed in the catalog',
  requirement_replaced: 'identifier names another requirement in the catalog',
} as const;
export type Cause = keyof typeof causes;

/** A cause and the ids of the rules it rests on. */
export interface Explanation {
  readonly cause: Cause;
  readonly rules: readonly number[];
}

/** One rule's part in a change. */
interface Reason {
  readonly cause: Cause;
  readonly rule: number;
}

/** Worst first. Facts about evidence go before edits of rules: they hold whatever was edited. */
const worseningOrder: readonly Cause[] = [
  'evidence_gone',
  'evidence_aged',
  'evaluation_error',
  'rule_changed',
  'rule_added',
];
/** What is least to be trusted as an improvement goes first: one failing rule removed spoils the evidence for the others. */
const improvementOrder: readonly Cause[] = [
  'rule_removed',
  'rule_disabled',
  'evaluation_error',
  'rule_changed',
  'new_evidence',
];

const badness: Readonly<Record<ControlStatus, number>> = {
  compliant: 0,
  manual: 0,
  uncovered: 0,
  not_applicable: 0,
  unknown: 0,
  warning: 1,
  non_compliant: 2,
};

/** Why a control went from one known state to another. */
export function explainChange(
  before: ControlState<KnownStatus>,
  after: ControlState<KnownStatus>,
): Explanation {
  const attested = explainAttested(before, after);
  if (attested !== null) return attested;
  switch (after.status) {
    case 'manual':
    case 'uncovered':
      return explainNoRules(before, after);
    case 'non_compliant':
      return explainWorsening(before, after);
    case 'warning':
      return before.status === 'non_compliant'
        ? explainImprovement(before, after)
        : explainWorsening(before, after);
    case 'compliant':
      return before.status === 'manual' || before.status === 'uncovered'
        ? explainFirstRules(before, after)
        : explainImprovement(before, after);
  }
}

/** A person's statement decides, or decided before; null: neither. */
function explainAttested(
  before: ControlState<KnownStatus>,
  after: ControlState<KnownStatus>,
): Explanation | null {
  const { attestation } = after;
  const measured = before.rules.some((rule) => rule.enabled);
  if (attestation === undefined) {
    if (before.attestation === undefined || after.status === 'uncovered') return null;
    // Attestations stay; only a control that was created again has not the one of the control before.
    if (after.status === 'manual') return { cause: 'attestation_gone', rules: [] };
    return explainFirstRules(before, after);
  }
  const worse = badness[after.status] > badness[before.status];
  const covered = before.status === 'uncovered' && after.status === 'manual';
  // Where rules ended, an attestation explains only what it made worse.
  if ((measured && !worse) || covered) return explainNoRules(before, after);
  if (attestation.result === 'not_met') return { cause: 'attested_not_met', rules: [] };
  return { cause: attestation.expired ? 'attestation_expired' : 'attested_met', rules: [] };
}

/** Why the evaluation of a control failed: the rules that could not be evaluated. */
export function explainLoss(after: ControlState): Explanation {
  return {
    cause: 'evaluation_error',
    rules: after.rules.filter((rule) => rule.status === 'unknown').map((rule) => rule.id),
  };
}

/** Why a control has a status again: what became of the rules that could not be evaluated, or what outweighs them now. */
export function explainRecovery(before: ControlState, after: ControlState<KnownStatus>): Explanation {
  const unknown = before.rules.filter((rule) => rule.status === 'unknown');
  const stillUnknown = after.rules.some((rule) => rule.status === 'unknown');
  if (stillUnknown && (after.status === 'warning' || after.status === 'non_compliant')) {
    return explainWorsening(before, after);
  }
  const now = byId(after);
  return strongest(
    unknown.map((rule) => ({ cause: becameOf(rule, now.get(rule.id), 'evaluation_error'), rule: rule.id })),
    improvementOrder,
    'evaluation_error',
  );
}

/** No enabled rule is left, so the control stands on its links or on nothing. */
function explainNoRules(before: ControlState, after: ControlState): Explanation {
  const now = byId(after);
  const enabled = before.rules.filter((rule) => rule.enabled);
  if (enabled.length === 0)
    return { cause: after.status === 'manual' ? 'link_added' : 'link_removed', rules: [] };
  return strongest(
    enabled.map((rule) => ({ cause: now.has(rule.id) ? 'rule_disabled' : 'rule_removed', rule: rule.id })),
    improvementOrder,
    'rule_disabled',
  );
}

function explainWorsening(before: ControlState, after: ControlState): Explanation {
  const then = byId(before);
  const reasons = after.rules
    .filter((rule) => rule.status === after.status && then.get(rule.id)?.status !== after.status)
    .map((rule) => ({ cause: whyWorse(then.get(rule.id), rule), rule: rule.id }));
  return strongest(reasons, worseningOrder, 'evidence_aged');
}

function whyWorse(then: RuleState | undefined, now: RuleState): Cause {
  if (then === undefined) return 'rule_added';
  if (then.hash !== now.hash || !then.enabled) return 'rule_changed';
  if (then.status === 'unknown') return 'evaluation_error';
  if (now.evidence === undefined) return 'evidence_gone';
  return then.evidence !== undefined && now.evidence.date < then.evidence.date
    ? 'evidence_gone'
    : 'evidence_aged';
}

function explainImprovement(before: ControlState, after: ControlState): Explanation {
  const limit = after.status === 'warning' ? badness.warning : badness.compliant;
  const now = byId(after);
  const reasons = before.rules
    .filter((rule) => rule.status !== undefined && badness[rule.status] > limit)
    .map((rule) => ({ cause: becameOf(rule, now.get(rule.id), 'new_evidence'), rule: rule.id }));
  return strongest(reasons, improvementOrder, 'new_evidence');
}

/** A control without enabled rules has some now. One that was only switched on again is no new rule. */
function explainFirstRules(before: ControlState, after: ControlState): Explanation {
  const then = byId(before);
  const reasons = after.rules
    .filter((rule) => rule.enabled)
    .map((rule): Reason => ({ cause: then.has(rule.id) ? 'rule_changed' : 'rule_added', rule: rule.id }));
  return strongest(reasons, worseningOrder, 'rule_added');
}

function becameOf(then: RuleState, now: RuleState | undefined, otherwise: Cause): Cause {
  if (now === undefined) return 'rule_removed';
  if (!now.enabled) return 'rule_disabled';
  // A failing rule that nobody can evaluate any more has not passed.
  if (now.status === 'unknown') return 'evaluation_error';
  return then.hash === now.hash ? otherwise : 'rule_changed';
}

function strongest(reasons: readonly Reason[], order: readonly Cause[], otherwise: Cause): Explanation {
  const cause = order.find((one) => reasons.some((reason) => reason.cause === one)) ?? otherwise;
  return {
    cause,
    rules: reasons.filter((reason) => reason.cause === cause).map((reason) => reason.rule),
  };
}

function byId(state: ControlState): ReadonlyMap<number, RuleState> {
  return new Map(state.rules.map((rule) => [rule.id, rule]));
}
