import { usage } from '../../errors/usage.ts';
import { requiredDate } from '../../import/cells.ts';
import type { Day } from '../../time/calendar-day.ts';

/** `--until DATE` or another option with the last day of what is decided: today or later. OperatorError `usage`, exit 2. */
export function readUntil(text: string, today: Day, option = '--until'): Day {
  const day = requiredDate.safeParse(text);
  if (day.success && day.data >= today) return day.data;
  throw usage(
    `${option} '${text}' is not a date from today on.`,
    `Give the last day as YYYY-MM-DD; today is ${today}.`,
  );
}
