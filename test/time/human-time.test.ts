import { expect, it } from 'vitest';
import { shortWallClock, wallClock } from '../../src/time/human-time.ts';

const zone = 'Europe/Madrid';

it.each([
  // By the year on the zone's calendar, not on UTC's.
  ['2026-11-30T08:00:00Z', '2026-01-01T12:00:00Z', 'Mon 30 Nov 09:00'],
  ['2026-12-31T23:30:00Z', '2026-12-31T22:59:00Z', 'Fri 1 Jan 2027 00:30'],
  ['2026-12-31T23:30:00Z', '2026-12-31T23:00:00Z', 'Fri 1 Jan 00:30'],
  ['2025-11-30T08:00:00Z', '2026-01-01T12:00:00Z', 'Sun 30 Nov 2025 09:00'],
])('%s seen at %s leaves out the year of now alone', (instant, now, words) => {
  expect(shortWallClock(new Date(instant), zone, new Date(now))).toBe(words);
});

it('with room, the year is always there', () => {
  expect(wallClock(new Date('2026-11-30T08:00:00Z'), zone)).toBe('Mon 30 Nov 2026 09:00');
});
