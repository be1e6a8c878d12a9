import { expect, it } from 'vitest';
import { stillWorse } from '../../../jobs/compliance-drift/renewal/still-worse.ts';

it.each([
  ['compliant', 'non_compliant', 'critical'],
  ['compliant', 'warning', 'high'],
  ['warning', 'non_compliant', 'critical'],
  ['compliant', 'uncovered', 'medium'],
  ['compliant', 'manual', 'medium'],
  // What cannot be evaluated was not seen to be better.
  ['compliant', 'unknown', 'critical'],
  ['compliant', 'compliant', null],
  ['warning', 'warning', null],
  ['warning', 'compliant', null],
  ['compliant', 'not_applicable', null],
  ['compliant', null, null],
] as const)('a control that was %s and is %s now: %s', (from_status, now, severity) => {
  expect(stillWorse({ from_status, now, cause: 'evidence_aged', severity: 'critical' })).toBe(severity);
});
