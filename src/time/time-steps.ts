import { addDays, type Day, dayOf, toDate } from './calendar-day.ts';
import { addMonths, firstDay, monthOf } from './month.ts';

/** What one column of a picture over time is. */
export type TimeStep = 'week' | 'month' | 'year';

/** So that a picture has at most some thirty columns. */
export function stepFor(days: number): TimeStep {
  if (days <= 210) return 'week';
  return days <= 1000 ? 'month' : 'year';
}

/** The first day of the step that an instant is in, in the business zone; weeks begin on Monday. */
export function stepOf(instant: Date, step: TimeStep, zone: string): Day {
  return stepOfDay(dayOf(instant, zone), step);
}

/** The same of a day. */
export function stepOfDay(day: Day, step: TimeStep): Day {
  if (step === 'week') return addDays(day, -((toDate(day).getUTCDay() + 6) % 7));
  return step === 'month' ? firstDay(monthOf(day)) : `${day.slice(0, 4)}-01-01`;
}

/** Every step from the first to the last, without a gap. */
export function stepsBetween(first: Day, last: Day, step: TimeStep): readonly Day[] {
  const steps: Day[] = [];
  for (let day = first; day <= last; day = nextStep(day, step)) steps.push(day);
  return steps;
}

function nextStep(day: Day, step: TimeStep): Day {
  if (step === 'week') return addDays(day, 7);
  return firstDay(addMonths(monthOf(day), step === 'month' ? 1 : 12));
}

/** The steps as a picture names its columns: weeks by their first day, `2026-11`, `2026`. */
export function columnsOf(
  steps: readonly Day[],
  step: TimeStep,
): { readonly each: string; readonly columns: readonly string[] } {
  return step === 'week'
    ? { each: 'week from', columns: steps }
    : { each: step, columns: steps.map((day) => day.slice(0, step === 'month' ? 7 : 4)) };
}
