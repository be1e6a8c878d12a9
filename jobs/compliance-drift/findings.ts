import { severityRank } from '../../src/job/severity.ts';
import { count } from '../../src/text/count.ts';
import { type Change, classify, isFlapping } from './classify.ts';
import type { DecidingRule } from './controls/deciding-rule.ts';
import type { AttestationState, Difference, RuleState } from './rule-state.ts';
import type { ControlStatus } from './status.ts';
import type { LostFramework } from './take-snapshot.ts';

/** What a change rests on, as `drift_event.detail` keeps it. */
export interface FindingDetail {
  /** Names of the rules. */
  readonly rules: readonly string[];
  /** These rules in the state that was compared with, and now; a rule that was added or removed is in one of them. */
  readonly before: readonly RuleState[];
  readonly after: readonly RuleState[];
  /** The attestation that counted then, and now; absent where there was none. */
  readonly attestation?: {
    readonly before: AttestationState | null;
    readonly after: AttestationState | null;
  };
  /** Of an identifier that an import of a catalog changed, or gave to another requirement. */
  readonly catalog?: {
    readonly from: { readonly control_id: string; readonly name: string };
    readonly to: { readonly control_id: string; readonly name: string };
    readonly imported_at: string;
    readonly imported_by: string;
  };
}

/** One change of one control, with what it means. */
export interface Finding {
  readonly frameworkId: number;
  readonly frameworkName: string;
  /** `framework_control.id`. */
  readonly controlKey: number;
  readonly controlId: string;
  readonly controlName: string;
  readonly change: Change;
  readonly flapping: boolean;
  readonly detail: FindingDetail;
  /** The rule that decides its status now; null: no rule does. */
  readonly deciding: DecidingRule | null;
}

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

/** Every difference, classified and labelled. By severity, then framework, control and class: always in the same order. */
export function toFindings(
  differences: Iterable<Difference>,
  byEarlierRules: ReadonlyMap<number, ControlStatus> = new Map(),
): Finding[] {
  const findings: Finding[] = [];
  for (const difference of differences) {
    const { frameworkId, frameworkName, controlKey, controlId, controlName } = difference;
    const earlier = byEarlierRules.get(controlKey) ?? null;
    for (const change of classify({ ...difference, byEarlierRules: earlier })) {
      findings.push({
        frameworkId,
        frameworkName,
        controlKey,
        controlId,
        controlName,
        change,
        flapping: isFlapping(difference),
        detail: detailOf(difference, change),
        deciding: difference.deciding ?? null,
      });
    }
  }
  return findings.sort(byWeight);
}

/** A framework that is no longer evaluated: a change of its own, which names no control. */
export function toLostFinding({
  framework_id,
  framework_name,
  cause,
  controls,
  status,
}: LostFramework): Finding {
  const failing = status.non_compliant + status.warning;
  return {
    frameworkId: framework_id,
    frameworkName: framework_name,
    controlKey: 0,
    controlId: '*',
    controlName: `${count(controls, 'control')}, ${failing} failing`,
    change: { from: null, to: null, class: 'framework_removed', severity: null, cause, rules: [] },
    flapping: false,
    detail: { rules: [], before: [], after: [] },
    deciding: null,
  };
}

function byWeight(a: Finding, b: Finding): number {
  const rank = ({ change }: Finding) => severityRank(change.severity);
  return (
    rank(a) - rank(b) ||
    identifiers.compare(a.frameworkName, b.frameworkName) ||
    a.frameworkId - b.frameworkId ||
    identifiers.compare(a.controlId, b.controlId) ||
    a.controlKey - b.controlKey ||
    (a.change.class < b.change.class ? -1 : 1)
  );
}

function detailOf({ before, known, after }: Difference, change: Change): FindingDetail {
  // A control that was unknown is compared with the state in which it was last known.
  const compared = before?.status === 'unknown' && change.from !== 'unknown' ? known : before;
  const rests = (rules: readonly RuleState[] = []) => rules.filter((rule) => change.rules.includes(rule.id));
  const [then, now] = [rests(compared?.rules), rests(after?.rules)];
  const names = new Map([...then, ...now].map((rule) => [rule.id, rule.name]));
  const attestation = { before: compared?.attestation ?? null, after: after?.attestation ?? null };
  return {
    rules: [...names.values()],
    before: then,
    after: now,
    ...(attestation.before === null && attestation.after === null ? {} : { attestation }),
  };
}
