import { count } from '../../../src/text/count.ts';
import type { AttestationState } from '../rule-state.ts';
import type { PresentControl } from './read-controls.ts';

/** What brings evidence of each kind. */
const acts: Readonly<Record<string, (about: string | null) => string>> = {
  ActivityExecution: (about) => `run the activity '${about ?? ''}'`,
  Campaign: (about) => `run a campaign${about === null ? '' : ` (${about})`}`,
  MaintenanceLog: (about) => `complete a maintenance${about === null ? '' : ` '${about}'`}`,
  BCDRTestLog: () => 'pass a recovery test',
  OnboardingProcess: () => 'record an onboarding',
  OffboardingProcess: () => 'record an offboarding',
  SecurityAssessment: () => 'assess the supplier',
  RiskAssessment: () => 'finish a risk assessment',
  UARExecution: (about) => `run and sign off an access review${about === null ? '' : ` of '${about}'`}`,
};

/** What {@link remedyOf} looks at. */
interface Remedied extends Pick<PresentControl, 'status' | 'rule'> {
  readonly attestation?: AttestationState | null;
}

/** What fixes a control, as one phrase; empty: there is nothing to fix. */
export function remedyOf({ status, rule, attestation = null }: Remedied): string {
  if (attestation !== null && (status === 'warning' || status === 'non_compliant')) {
    return attestation.result === 'met'
      ? `attest it again: the attestation ended on ${attestation.until ?? 'a day before'}`
      : 'correct what is not met, then attest it again';
  }
  if (status === 'uncovered') return 'add a rule, or a link to what fulfils it';
  if (rule === null || status === 'compliant' || status === 'manual' || status === 'not_applicable')
    return '';
  if (rule.status === 'unknown') return `correct the rule or its evidence: ${rule.reason ?? 'not known'}`;
  if (rule.reason === 'no such activity' || rule.reason === 'no such comparison') {
    return `correct the rule: ${rule.reason}${rule.about === null ? '' : ` '${rule.about}'`}`;
  }
  const act = acts[rule.model]?.(rule.about) ?? 'correct the rule';
  if (rule.evidence === null) return rule.reason === null ? act : `${act}: ${rule.reason}`;
  const overdue = rule.evidence.daysSince - rule.frequencyDays;
  return overdue > 0 ? `${act}; ${count(overdue, 'day')} overdue` : act;
}
