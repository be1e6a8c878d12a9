import { addDays as addDaysTo } from 'date-fns/addDays';
import { format } from 'date-fns/format';
import { type Day, dayOf, daysBetween, toDate, toDay } from '../../src/time/calendar-day.ts';

export { type Day, dayOf, daysBetween, toDate };

export function addDays(day: Day, days: number): Day {
  return toDay(addDaysTo(toDate(day), days));
}

/** As people read it: `Tue 24 Nov 2026`. */
export function dayInWords(day: Day): string {
  return format(toDate(day), 'EEE d MMM yyyy');
}

/** `in 3 days`, `today`, `tomorrow`, `12 days ago`. */
export function distanceInWords(daysLeft: number): string {
  if (daysLeft === 0) return 'today';
  if (daysLeft === 1) return 'tomorrow';
  if (daysLeft === -1) return 'yesterday';
  return daysLeft > 0 ? `in ${daysLeft} days` : `${-daysLeft} days ago`;
}
