import { expect, it } from 'vitest';
import { departureDay } from '../../../../jobs/uar/leavers/departure-day.ts';

it.each([
  ['2026-03-04', '2026-03-04'],
  [' 2026-03-04 ', '2026-03-04'],
  // The day as it is written, whatever the zone.
  ['2026-03-04T00:00:00Z', '2026-03-04'],
  ['2026-03-04 23:59:59.000 +0000', '2026-03-04'],
  ['2028-02-29', '2028-02-29'],
  ['2026-02-29', undefined],
  ['2026-02-30T00:00:00Z', undefined],
  ['03/04/2026', undefined],
  ['4.3.2026', undefined],
  ['20260304', undefined],
  ['2026-03-04x', undefined],
  ['2026-03', undefined],
  ['infinity', undefined],
  ['0044-03-15 BC', undefined],
  ['12026-03-04', undefined],
  ['46085', undefined],
  ['', undefined],
])('the departure %j is the day %j', (text, day) => {
  expect(departureDay(text)).toBe(day);
});
