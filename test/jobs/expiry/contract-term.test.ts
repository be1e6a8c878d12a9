import { expect, it } from 'vitest';
import { withCancelling } from '../../../jobs/expiry/cancelling.ts';
import { termOf } from '../../../jobs/expiry/contract-term.ts';
import { renewalsOf } from '../../../src/time/renewal.ts';

it.each([
  // start, end, the ends after it
  ['2025-01-01', '2025-12-31', ['2026-12-31', '2027-12-31']],
  ['2025-01-01', '2026-01-01', ['2027-01-01', '2028-01-01']],
  ['2025-03-01', '2025-05-31', ['2025-08-31', '2025-11-30']],
  ['2025-02-01', '2025-02-28', ['2025-03-31', '2025-04-30']],
  ['2024-02-29', '2025-02-28', ['2026-02-28', '2027-02-28']],
  ['2023-03-01', '2024-02-29', ['2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29']],
  ['2025-01-31', '2025-02-28', ['2025-03-28', '2025-04-28']],
  ['2025-01-15', '2025-02-13', ['2025-03-15', '2025-04-14']],
  ['2025-05-05', '2025-05-05', ['2025-05-06', '2025-05-07']],
])('a contract from %s to %s that renews itself goes on', (start, end, following) => {
  const renewals = renewalsOf(termOf(start, end));
  if ('problem' in renewals) throw new Error(renewals.problem);
  expect(renewals.occurrence(0)).toBe(end);
  expect(following.map((_, index) => renewals.occurrence(index + 1))).toEqual(following);
});

it.each([
  [[30, 14, 7, 0], 30, null, [44, 37, 31, 30, 14, 7, 0]],
  [[10], 30, 30, [37, 31, 10]],
  [[], 90, 365, [104, 97, 91]],
])('%j with a notice of %i days', (thresholds, notice, period, expected) => {
  expect(withCancelling(thresholds, notice, period)).toEqual(expected);
});
