import { addDays } from 'date-fns/addDays';
import { differenceInBusinessDays } from 'date-fns/differenceInBusinessDays';
import { type Day, toDate, toDay } from '../../src/time/calendar-day.ts';

/** Mondays to Fridays after the one day, up to and with the other; holidays are not known here, and count. */
export function businessDaysBetween(from: Day, to: Day): number {
  return Math.max(0, differenceInBusinessDays(toDate(dayAfter(to, 1)), toDate(dayAfter(from, 1))));
}

export function dayAfter(day: Day, days: number): Day {
  return toDay(addDays(toDate(day), days));
}

/** Older than this, in business days, a rate is said to be old wherever it is used. */
const freshBusinessDays = 5;

export function isOld(rateDate: Day, today: Day): boolean {
  return businessDaysBetween(rateDate, today) > freshBusinessDays;
}

/** Does the text name a day of the calendar, `YYYY-MM-DD`? */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = toDate(text);
  return !Number.isNaN(date.getTime()) && toDay(date) === text;
}
