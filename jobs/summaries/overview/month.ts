import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import type { Month } from '../../../src/time/day.ts';
import { startOfDate } from '../../../src/time/local-time.ts';
import { addMonths, firstDay } from '../../../src/time/month.ts';

/** Both instants are in it. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
  /** `2026-11`. */
  readonly words: string;
  /** Its days as the options of a report. */
  readonly options: string;
}

/** What an overview is about, and what it is compared with. */
export interface Compared {
  readonly present: Span;
  readonly before: Span;
  /** It has ended. */
  readonly complete: boolean;
}

/** A calendar month of the zone beside the one before; the present one ends now. */
export function comparedMonths(month: Month, now: Date, zone: string): Compared {
  const present = monthSpan(month, zone);
  const complete = present.to < now;
  return {
    present: complete ? present : { ...present, to: now },
    before: monthSpan(addMonths(month, -1), zone),
    complete,
  };
}

function monthSpan(month: Month, zone: string): Span {
  return span(firstDay(month), firstDay(addMonths(month, 1)), month, zone);
}

/** From the first day until the day before `next`. */
export function span(first: Day, next: Day, words: string, zone: string): Span {
  return {
    from: startOfDate(first, zone),
    to: new Date(startOfDate(next, zone).getTime() - 1),
    words,
    options: `--from ${first} --to ${addDays(next, -1)}`,
  };
}
