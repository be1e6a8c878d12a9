import { addMonths as addMonthsTo } from 'date-fns/addMonths';
import { getDaysInMonth } from 'date-fns/getDaysInMonth';
import { addDays, daysBetween, toDate, toDay } from './calendar-day.ts';
import type { Day, Month } from './day.ts';

/** A month that a calendar shows; undefined: the text is none, or lies outside 1900 to 2199. */
export function readMonth(text: string): Month | undefined {
  return /^(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])$/.test(text) ? text : undefined;
}

export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

export function addMonths(month: Month, months: number): Month {
  return monthOf(toDay(addMonthsTo(toDate(firstDay(month)), months)));
}

export function firstDay(month: Month): Day {
  return `${month}-01`;
}

export function lastDay(month: Month): Day {
  return addDays(firstDay(month), getDaysInMonth(toDate(firstDay(month))) - 1);
}

/** Its weeks from Monday to Sunday; the first and last have days of the months beside it as well. */
export function weeksOf(month: Month): ReadonlyArray<readonly Day[]> {
  const first = firstDay(month);
  const monday = addDays(first, -((toDate(first).getUTCDay() + 6) % 7));
  const weeks = Math.ceil((daysBetween(monday, lastDay(month)) + 1) / 7);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => addDays(monday, 7 * week + day)),
  );
}
