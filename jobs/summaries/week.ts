import { addDays, type Day } from '../../src/time/calendar-day.ts';
import { type Compared, span } from './overview/month.ts';

/** The week that ended before this Monday, beside the one before it. */
export function weekBefore(monday: Day, zone: string): Pick<Compared, 'present' | 'before'> {
  const week = (first: Day) => span(first, addDays(first, 7), `${first} to ${addDays(first, 6)}`, zone);
  return { present: week(addDays(monday, -7)), before: week(addDays(monday, -14)) };
}
