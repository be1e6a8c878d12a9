import { expect, it } from 'vitest';
import { noticeEnded } from '../../../jobs/expiry/deadline.ts';

const cost = { amount: 48250, currency: 'EUR' };

it.each([
  [null, 'renews', null],
  ['2026-11-30', 'renews', null],
  ['2026-11-29', 'renews', 'the notice period ended on Sun 29 Nov 2026; it renews for 48,250.00 EUR'],
  ['2026-11-29', 'ends', 'the notice period ended on Sun 29 Nov 2026'],
] as const)('a day to cancel by of %s, of what %s, is on 30 November: %s', (cancelBy, happens, expected) => {
  expect(noticeEnded({ cancelBy, happens, cost }, '2026-11-30')).toBe(expected);
});
