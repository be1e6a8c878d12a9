import { count } from '../../src/text/count.ts';
import { addDays, dayInWords } from '../../src/time/calendar-day.ts';
import type { DecidingRule } from './controls/deciding-rule.ts';
import { remedyOf } from './controls/remedy.ts';
import type { AttestationState } from './rule-state.ts';
import type { ControlStatus } from './status.ts';

/** What a reader needs to act on a control; each is empty where there is nothing to name. */
export interface AlertFacts {
  /** The name of the rule that decides. */
  readonly rule: string;
  /** `Last done 115 days ago, on Sat 1 Aug 2026`. */
  readonly lastDone: string;
  /** `Limit: every 90 days, and 14 days of grace`. */
  readonly limit: string;
  /** As a phrase. */
  readonly remedy: string;
  /** Of a warning: the day on which it becomes non-compliant. */
  readonly failsOn: string;
}

/** In days: a limit that nobody reaches is no date. */
const farthest = 100_000;

export function alertFacts(
  status: ControlStatus | null,
  rule: DecidingRule | null,
  attestation: AttestationState | null = null,
): AlertFacts {
  if (status === null) return { rule: '', lastDone: '', limit: '', remedy: '', failsOn: '' };
  const remedy = remedyOf({ status, rule, attestation });
  if (rule === null) return { rule: '', lastDone: '', limit: '', remedy, failsOn: '' };
  const { evidence, frequencyDays, graceDays } = rule;
  const grace = graceDays > 0 ? `, and ${count(graceDays, 'day')} of grace` : '';
  const failsOn =
    status === 'warning' && evidence !== null && frequencyDays + graceDays < farthest
      ? dayInWords(addDays(evidence.day, frequencyDays + Math.max(0, graceDays) + 1))
      : '';
  return {
    rule: rule.name,
    lastDone:
      evidence === null
        ? 'Never done, as far as evidence counts'
        : `Last done ${count(evidence.daysSince, 'day')} ago, on ${dayInWords(evidence.day)}`,
    limit: `Limit: every ${count(frequencyDays, 'day')}${grace}`,
    remedy,
    failsOn,
  };
}
