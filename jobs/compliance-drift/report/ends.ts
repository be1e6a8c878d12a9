import type { FailOnLevel } from '../../../src/job/fail-on-levels.ts';
import { type Cause, causes } from '../cause.ts';
import { type ChangeClass, classOf } from '../classify.ts';
import { controlStatuses, isKnown, type KnownStatus } from '../status.ts';
import type { TimelineChange } from './read.ts';

/** What became of a control between the ends of a period. */
export type Outcome =
  | 'worse'
  | 'better'
  /** It changed, and at the end is as it was. */
  | 'changed_back'
  | 'first_measurement'
  /** Added, removed, made applicable or not, or another requirement: nothing to compare. */
  | 'scope'
  /** Not evaluated at the end, or changed by a new evaluation alone. */
  | 'evaluation';

/** A control that changed in a period. */
export interface ControlOutcome {
  readonly frameworkName: string;
  readonly controlId: string;
  readonly controlName: string;
  readonly outcome: Outcome;
  /** Of `worse` only. */
  readonly severity: FailOnLevel | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Of the last change. */
  readonly cause: string;
  readonly changes: number;
}

/** How many distinct controls had each outcome. */
export interface OutcomeCounts {
  readonly worse: Readonly<Record<FailOnLevel, number>>;
  readonly better: number;
  readonly changed_back: number;
  readonly first_measurement: number;
  readonly scope: number;
  readonly evaluation: number;
  /** Better less worse: below zero it got worse. */
  readonly net: number;
}

/** Each control that changed, once, by its states at both ends; `changes`: oldest first. A framework that was lost is no control. */
export function outcomes(changes: readonly TimelineChange[]): readonly ControlOutcome[] {
  const byControl = new Map<string, TimelineChange[]>();
  for (const change of changes) {
    // A requirement that has another number only is the same one.
    if (change.class === 'framework_removed' || change.class === 'renumbered') continue;
    const key = `${change.frameworkId} ${change.controlKey}`;
    const known = byControl.get(key);
    if (known === undefined) byControl.set(key, [change]);
    else known.push(change);
  }
  return [...byControl.values()].map(outcomeOf);
}

export function countOutcomes(controls: readonly ControlOutcome[]): OutcomeCounts {
  const worse = { critical: 0, high: 0, medium: 0 };
  const others = { worse: 0, better: 0, changed_back: 0, first_measurement: 0, scope: 0, evaluation: 0 };
  for (const { outcome, severity } of controls) {
    others[outcome] += 1;
    if (severity !== null) worse[severity] += 1;
  }
  return { ...others, worse, net: others.better - others.worse };
}

const ofScope: ReadonlySet<ChangeClass> = new Set([
  'control_added',
  'control_removed',
  'became_not_applicable',
  'became_applicable',
  'requirement_replaced',
]);
const ofEvaluation: ReadonlySet<ChangeClass> = new Set([
  'evaluation_lost',
  'evaluation_restored',
  'evaluation_changed',
]);

function outcomeOf(changes: readonly TimelineChange[]): ControlOutcome {
  const measured = changes.filter((one) => !ofEvaluation.has(one.class));
  const [first, last] = [measured[0] ?? changes[0], measured.at(-1) ?? changes.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a control without a change');
  const of = (outcome: Outcome, severity: FailOnLevel | null = null): ControlOutcome => ({
    frameworkName: last.frameworkName,
    controlId: last.controlId,
    controlName: last.controlName,
    outcome,
    severity,
    from: first.from,
    to: last.to,
    cause: last.cause,
    changes: changes.length,
  });
  if (changes.some((one) => ofScope.has(one.class))) return of('scope');
  const lost = changes.at(-1)?.class === 'evaluation_lost';
  if (measured.length === 0 || lost || changes.some((one) => one.class === 'evaluation_changed')) {
    return of('evaluation');
  }
  if (first.from === last.to) return of('changed_back');
  const [from, to] = [knownStatus(first.from), knownStatus(last.to)];
  if (from === null || to === null) return of('evaluation');
  const measuredFirst = measured.some((one) => one.class === 'first_measurement');
  const change = classOf(from, to, measuredFirst ? 'rule_added' : knownCause(last.cause));
  if (change.class === 'first_measurement') return of('first_measurement');
  return change.severity === null ? of('better') : of('worse', change.severity);
}

function knownStatus(word: string | null): KnownStatus | null {
  const status = controlStatuses.find((one) => one === word);
  return status !== undefined && isKnown(status) ? status : null;
}

/** The word of a later version of the program decides nothing. */
function knownCause(word: string): Cause {
  return isCause(word) ? word : 'evidence_aged';
}

function isCause(word: string): word is Cause {
  return Object.hasOwn(causes, word);
}
