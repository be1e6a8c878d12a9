import { count } from '../../../src/text/count.ts';
import type { ControlState, ExplainedRule } from './explain-control.ts';

/**
 * Why OpsDeck's page may show another status of a control, a sentence each. OpsDeck counts whole periods of 24 hours where we count
 * calendar days, looks at the status of some kinds of evidence only, and has no status `unknown`.
 */
export function opsdeckDifferences({ status, rules, attestation }: ControlState): readonly string[] {
  const sentences: string[] = [];
  if (status === 'unknown') sentences.push("OpsDeck has no status 'unknown': its page shows 'uncovered'.");
  if (attestation !== null && status !== 'manual') {
    sentences.push("OpsDeck does not know attestations: its page shows 'manual'.");
  }
  for (const rule of rules) {
    if (rule.status === null) continue;
    if (rule.reason === 'not signed off') {
      sentences.push(`Rule ${rule.name}: OpsDeck counts every completed execution, signed off or not.`);
    }
    if (rule.unreadWord !== null && anyStatus.has(rule.model)) {
      sentences.push(`Rule ${rule.name}: OpsDeck counts evidence with the status "${rule.unreadWord}".`);
    }
    if (rule.passedOver && anyStatus.has(rule.model)) {
      sentences.push(`Rule ${rule.name}: OpsDeck also counts evidence that was not done.`);
    }
    if (turnsToday(rule)) {
      sentences.push(
        `Rule ${rule.name}: OpsDeck counts periods of 24 hours, so its page can change up to ${count(1, 'day')} later.`,
      );
    }
  }
  return sentences;
}

/** Kinds of evidence whose status OpsDeck does not look at. */
const anyStatus: ReadonlySet<string> = new Set([
  'ActivityExecution',
  'OnboardingProcess',
  'OffboardingProcess',
  'SecurityAssessment',
  'RiskAssessment',
]);

/** The first day after the limit, or after the grace period. */
function turnsToday({ evidence, frequencyDays, graceDays }: ExplainedRule): boolean {
  if (evidence === null) return false;
  return (
    evidence.daysSince === frequencyDays + 1 ||
    evidence.daysSince === frequencyDays + Math.max(0, graceDays) + 1
  );
}
