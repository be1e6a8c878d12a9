import { format } from 'date-fns/format';
import { addDays, type Day, toDate } from '../../src/time/calendar-day.ts';

/** The month of a list of items without an owner, by its first day. */
export function monthOf(day: Day): Day {
  return `${day.slice(0, 7)}-01`;
}

export function monthAfter(month: Day): Day {
  return monthOf(addDays(month, 31));
}

/** What ends up to this day is in the list of the month: the list after it may be some days late. */
export function lastListed(month: Day): Day {
  return lastOf(monthAfter(month));
}

/** What ends up to this day and is in no list yet is named at once. */
export function lastOf(month: Day): Day {
  return addDays(monthAfter(month), -1);
}

/** `December 2026`. */
export function monthInWords(month: Day): string {
  return format(toDate(month), 'MMMM yyyy');
}
