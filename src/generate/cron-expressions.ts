import type { Calendar } from './calendar.ts';
import { stepOf, timeGroups } from './time-groups.ts';

/** The calendar as lines of five fields, which together fire at its times. */
export function cronExpressions({ times, months, daysOfMonth, weekdays }: Calendar): readonly string[] {
  const days = [daysOfMonth, months, weekdays].map((one) => one?.join(',') ?? '*').join(' ');
  return timeGroups(times).map(
    ({ hours, minutes }) => `${cronField(minutes, 60)} ${cronField(hours, 24)} ${days}`,
  );
}

function cronField(values: readonly number[], size: number): string {
  const step = stepOf(values, size);
  if (step === undefined) return values.join(',');
  return step === 1 ? '*' : `*/${step}`;
}
