import { expect, it } from 'vitest';
import { retryAt } from '../../src/schedule/retry-at.ts';
import { parseSchedule } from '../../src/schedule/schedule.ts';

const twenty = { count: 2, waitMs: 20 * 60_000 };
const failed = new Date('2026-11-24T02:31:00Z');

it.each([
  ['the first attempt', twenty, 1, '30 2 * * *', '2026-11-24T02:51:00.000Z'],
  ['the second', twenty, 2, '30 2 * * *', '2026-11-24T02:51:00.000Z'],
  ['the last', twenty, 3, '30 2 * * *', undefined],
  ['without retries', { count: 0, waitMs: 1 }, 1, '30 2 * * *', undefined],
  ['the next firing is due before', twenty, 1, 'every 15 minutes', undefined],
  ['the next firing is due at that instant', twenty, 1, '51 2 * * *', undefined],
])('%s: when a failed firing is taken up again', (_, policy, attempt, schedule, expected) => {
  const at = retryAt(policy, attempt, failed, parseSchedule(schedule, 'a test'), 'UTC');
  expect(at?.toISOString()).toBe(expected);
});
