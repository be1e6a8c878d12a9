import { expect, it } from 'vitest';
import { comparedMonths } from '../../../jobs/summaries/overview/month.ts';

const madrid = 'Europe/Madrid';

it('a month ends where the next one begins, also when the clocks change in it, and the present one ends now', () => {
  const now = new Date('2026-11-10T08:00:00Z');
  const { present, before, complete } = comparedMonths('2026-10', now, madrid);
  expect([present.from, present.to, before.from].map((one) => one.toISOString())).toEqual([
    '2026-09-30T22:00:00.000Z',
    '2026-10-31T22:59:59.999Z',
    '2026-08-31T22:00:00.000Z',
  ]);
  expect([complete, before.words, present.options]).toEqual([
    true,
    '2026-09',
    '--from 2026-10-01 --to 2026-10-31',
  ]);
  expect(comparedMonths('2026-11', now, madrid)).toMatchObject({ present: { to: now }, complete: false });
  expect(comparedMonths('2026-01', now, madrid).before.words).toBe('2025-12');
});
