import { describe, expect, it } from 'vitest';
import { explainChange } from '../../../jobs/compliance-drift/cause.ts';
import type { AttestationState, ControlState, RuleState } from '../../../jobs/compliance-drift/rule-state.ts';
import type { KnownStatus } from '../../../jobs/compliance-drift/status.ts';

const met: AttestationState = { id: 1, result: 'met', until: '2026-06-30', expired: false };
const expired: AttestationState = { ...met, expired: true };
const notMet: AttestationState = { id: 2, result: 'not_met', until: null, expired: false };
const rule = (status: RuleState['status'] | 'off'): RuleState =>
  status === 'off'
    ? { id: 7, name: 'Backup', hash: 'h', enabled: false }
    : { id: 7, name: 'Backup', hash: 'h', enabled: true, status };

function state(
  status: KnownStatus,
  attestation: AttestationState | null,
  ...rules: readonly RuleState[]
): ControlState<KnownStatus> {
  return { status, rules, ...(attestation === null ? {} : { attestation }) };
}

describe('why a control changed that a person attests', () => {
  it.each([
    [
      'never attested, then not met',
      state('manual', null),
      state('non_compliant', notMet),
      'attested_not_met',
    ],
    ['met, then not met', state('manual', met), state('non_compliant', notMet), 'attested_not_met'],
    ['not met, then met', state('non_compliant', notMet), state('manual', met), 'attested_met'],
    ['met, then its day passed', state('manual', met), state('warning', expired), 'attestation_expired'],
    ['expired, then met again', state('warning', expired), state('manual', met), 'attested_met'],
    ['expired, then not met', state('warning', expired), state('non_compliant', notMet), 'attested_not_met'],
    [
      'not met, then met until a day that passed',
      state('non_compliant', notMet),
      state('warning', expired),
      'attestation_expired',
    ],
    [
      'a failing rule switched off, attested as met',
      state('non_compliant', null, rule('non_compliant')),
      state('manual', met, rule('off')),
      'rule_disabled',
    ],
    [
      'a failing rule removed, attestation expired',
      state('non_compliant', null, rule('non_compliant')),
      state('warning', expired),
      'rule_removed',
    ],
    [
      'a passing rule removed, attested as not met',
      state('compliant', null, rule('compliant')),
      state('non_compliant', notMet),
      'attested_not_met',
    ],
    [
      'not met, then a rule that passes',
      state('non_compliant', notMet),
      state('compliant', null, rule('compliant')),
      'rule_added',
    ],
    [
      'met, then a rule that fails',
      state('manual', met),
      state('non_compliant', null, rule('non_compliant')),
      'rule_added',
    ],
    [
      'not met, then its links removed',
      state('non_compliant', notMet),
      state('uncovered', null),
      'link_removed',
    ],
    [
      'no link, then one and an attestation of before',
      state('uncovered', null),
      state('manual', met),
      'link_added',
    ],
    [
      'not met, then created again',
      state('non_compliant', notMet),
      state('manual', null),
      'attestation_gone',
    ],
  ] as const)('%s', (_what, before, after, cause) => {
    expect(explainChange(before, after).cause).toBe(cause);
  });
});
