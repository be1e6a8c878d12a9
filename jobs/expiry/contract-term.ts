import { addMonths } from 'date-fns/addMonths';
import { differenceInCalendarMonths } from 'date-fns/differenceInCalendarMonths';
import { addDays, type Day, daysBetween, toDate, toDay } from '../../src/time/calendar-day.ts';
import type { RenewalPlan } from '../../src/time/renewal.ts';

/**
 * How a contract that renews itself goes on: by the length of its first term, from both of its dates. Whole months where the end is the
 * last day of them (1 January to 31 December) or the same day again (1 January to 1 January); otherwise its days, both included.
 */
export function termOf(start: Day, end: Day): RenewalPlan {
  const from = toDate(start);
  const last = addDays(end, 1);
  const isMonths = (months: number, to: Day) => months > 0 && toDay(addMonths(from, months)) === to;
  const through = differenceInCalendarMonths(toDate(last), from);
  if (isMonths(through, last)) {
    // A term that begins on the first ends on the last day of its month, however long that is.
    const monthlyRenewalDay = start.endsWith('-01') ? 'last' : null;
    return { anchor: end, periodType: 'monthly', n: through, monthlyRenewalDay };
  }
  const to = differenceInCalendarMonths(toDate(end), from);
  if (isMonths(to, end)) return { anchor: end, periodType: 'monthly', n: to, monthlyRenewalDay: null };
  return { anchor: end, periodType: 'custom', n: daysBetween(start, end) + 1, monthlyRenewalDay: null };
}
