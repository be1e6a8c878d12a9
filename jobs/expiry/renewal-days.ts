import { addDays, type Day, laterOf } from '../../src/time/calendar-day.ts';
import type { Renewals } from '../../src/time/renewal.ts';
import type { ItemScope } from './item.ts';

/**
 * The next renewal, and the last one if no run has seen it; or every one since a day.
 *
 * @param ahead days: also those that follow within them, because one must be cancelled so long before it.
 */
export function* renewalDays(
  { firstFrom, occurrence }: Exclude<Renewals, { problem: string }>,
  { since, today, until, everyRenewal, renewalsTo }: ItemScope,
  ahead: number,
): Generator<Day> {
  const k = firstFrom(everyRenewal === undefined ? today : since);
  const last = k > 0 ? occurrence(k - 1) : undefined;
  if (everyRenewal === undefined && last !== undefined && last >= since && last <= until) yield last;
  const enough = addDays(laterOf(today, renewalsTo ?? today), ahead);
  for (let n = k; occurrence(n) <= until; n += 1) {
    yield occurrence(n);
    if (everyRenewal === undefined && occurrence(n) >= enough) return;
  }
}
