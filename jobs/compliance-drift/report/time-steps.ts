import { addDays, type Day, dayOf } from '../../../src/time/calendar-day.ts';

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
  if (step === 'week') return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
  return step === 'month' ? `${day.slice(0, 7)}-01` : `${day.slice(0, 4)}-01-01`;
}

/** Every step from the first to the last, without a gap. */
export function stepsBetween(first: Day, last: Day, step: TimeStep): readonly Day[] {
  const steps: Day[] = [];
  for (let day = first; day <= last; day = nextStep(day, step)) steps.push(day);
  return steps;
}

function nextStep(day: Day, step: TimeStep): Day {
  if (step === 'week') return addDays(day, 7);
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  return step === 'year' || month === 12
    ? `${year + 1}-01-01`
    : `${year}-${String(month + 1).padStart(2, '0')}-01`;
}
