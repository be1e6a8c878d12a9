import { requiredDate } from '../../../src/import/cells.ts';
import type { Day } from '../../../src/time/day.ts';

/**
 * The day of a departure as a source writes it: `YYYY-MM-DD`; of a time the day that is written, whatever its zone, since lists of people
 * write days as midnight. Undefined: it cannot be read, or could be two days (`03/04/2026`).
 */
export function departureDay(text: string): Day | undefined {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}\S*(?: \S+)?)?$/.exec(text.trim()) ?? [];
  return requiredDate.safeParse(day).data;
}
