import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import { startOfDate } from '../../../src/time/local-time.ts';

/** `2026-11`. */
export type Month = string;

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

export function monthOf(instant: Date, zone: string): Month {
  return format(new TZDate(instant, zone), 'yyyy-MM');
}

export function monthBefore(month: Month): Month {
  return addDays(firstDay(month), -1).slice(0, 7);
}

/** A calendar month of the zone beside the one before; the present one ends now. */
export function comparedMonths(month: Month, now: Date, zone: string): Compared {
  const present = monthSpan(month, zone);
  const complete = present.to < now;
  return {
    present: complete ? present : { ...present, to: now },
    before: monthSpan(monthBefore(month), zone),
    complete,
  };
}

function monthSpan(month: Month, zone: string): Span {
  return span(firstDay(month), firstDay(addDays(firstDay(month), 31).slice(0, 7)), month, zone);
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

function firstDay(month: Month): Day {
  return `${month}-01`;
}
