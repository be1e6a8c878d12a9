import { format } from 'date-fns/format';
import { type Day, toDate } from '../../src/time/calendar-day.ts';
import { addMonths, firstDay, lastDay, monthOf } from '../../src/time/month.ts';

/** The month of a list of items without an owner, by its first day, as the ledger has it. */
export function listMonth(day: Day): Day {
  return firstDay(monthOf(day));
}

export function nextListMonth(month: Day): Day {
  return firstDay(addMonths(monthOf(month), 1));
}

/** What ends up to this day is in the list of the month: the list after it may be some days late. */
export function lastListed(month: Day): Day {
  return lastOf(nextListMonth(month));
}

/** What ends up to this day and is in no list yet is named at once. */
export function lastOf(month: Day): Day {
  return lastDay(monthOf(month));
}

/** `December 2026`. */
export function monthInWords(month: Day): string {
  return format(toDate(month), 'MMMM yyyy');
}
