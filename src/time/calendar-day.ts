import { TZDate } from '@date-fns/tz/date';
import { UTCDate } from '@date-fns/utc/date';
import { addDays as addDaysTo } from 'date-fns/addDays';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { format } from 'date-fns/format';
import type { Day } from './day.ts';

export type { Day };

/** For arithmetic: a UTC date of date-fns, so that neither the host's zone nor a change of clocks moves a day. */
export function toDate(day: Day): UTCDate {
  return new UTCDate(`${day}T00:00:00Z`);
}

export function toDay(date: Date): Day {
  return format(date, 'yyyy-MM-dd');
}

/** The calendar date on which an instant falls in the zone. */
export function dayOf(instant: Date, zone: string): Day {
  return toDay(new TZDate(instant, zone));
}

/** Days from the one to the other; negative when `to` lies before. */
export function daysBetween(from: Day, to: Day): number {
  return differenceInCalendarDays(toDate(to), toDate(from));
}

export function laterOf(one: Day, other: Day): Day {
  return daysBetween(one, other) > 0 ? other : one;
}

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
