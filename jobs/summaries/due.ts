import { getISODay } from 'date-fns/getISODay';
import { addDays, type Day, toDate } from '../../src/time/calendar-day.ts';
import { addMonths, firstDay, monthOf } from '../../src/time/month.ts';

/** What is sent once for a month, and once for a week. */
export interface Occasion {
  /** `2026-10`, the month that has ended; the Monday of the present week. */
  readonly about: string;
  /** Unique for ever: of one occasion nobody gets a second message. */
  readonly key: string;
  /** The first day on which it is sent; a run that comes later sends it then. */
  readonly dueOn: Day;
}

/** The overview of the month before, due on the first day of Monday to Friday. Holidays are not known here. */
export function monthlyOccasion(today: Day): Occasion {
  const month = monthOf(today);
  const about = addMonths(month, -1);
  const first = firstDay(month);
  const place = getISODay(toDate(first));
  return { about, key: `MONTHLY_OVERVIEW:${about}`, dueOn: place <= 5 ? first : addDays(first, 8 - place) };
}

/** The summary of the present week, due on its Monday. */
export function weeklyOccasion(today: Day): Occasion {
  const about = addDays(today, 1 - getISODay(toDate(today)));
  return { about, key: `WEEKLY_SUMMARY:${about}`, dueOn: about };
}
