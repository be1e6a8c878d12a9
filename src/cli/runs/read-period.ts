import { TZDate } from '@date-fns/tz/date';
import { startOfDay } from 'date-fns/startOfDay';
import { subDays } from 'date-fns/subDays';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { requiredDate } from '../../import/cells.ts';
import { count } from '../../text/count.ts';
import { addDays, type Day, dayOf, daysBetween } from '../../time/calendar-day.ts';
import { startOfDate } from '../../time/local-time.ts';
import { readDays } from './read-days.ts';

/** As typed. */
export interface PeriodOptions {
  readonly days: string;
  readonly from?: string;
  readonly to?: string;
}

/** The period of a report: both instants are in it. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
  /** Calendar days that it has; with `--days` those before today. */
  readonly days: number;
  /** `last 30 days`, or `2026-10-01 to 2026-10-31`. */
  readonly words: string;
}

/**
 * `--from DATE --to DATE`, both days included, in the business zone; without `--to` through today. Otherwise `--days`. What cannot be a
 * period is refused before the database is opened, but for a first day in the future. OperatorError `usage`, exit 2.
 */
export function readPeriod({ days, from, to }: PeriodOptions): (now: Date, zone: string) => Period {
  if (from === undefined) {
    if (to !== undefined) throw noFirstDay();
    const back = readDays(days);
    const words = `last ${count(back, 'day')}`;
    return (now, zone) => ({ from: windowStart(now, back, zone), to: now, days: back, words });
  }
  const daysOf = readDayPeriod(from, to);
  return (now, zone) => {
    const { first, last } = daysOf(dayOf(now, zone));
    return {
      from: startOfDate(first, zone),
      to: new Date(startOfDate(addDays(last, 1), zone).getTime() - 1),
      days: daysBetween(first, last) + 1,
      words: `${first} to ${last}`,
    };
  };
}

/** Days of a report, both included. */
export interface DayPeriod {
  readonly first: Day;
  readonly last: Day;
}

/** The period of the same length before: what a report compares with. */
export function periodBefore({ from, to }: Period): { readonly from: Date; readonly to: Date } {
  return { from: new Date(2 * from.getTime() - to.getTime()), to: new Date(from.getTime() - 1) };
}

/** {@link readPeriod} for a report about days. */
export function readDayPeriod(from: string, to: string | undefined): (today: Day) => DayPeriod {
  const first = readDay('--from', from);
  const typed = to === undefined ? undefined : readDay('--to', to);
  if (typed !== undefined && typed < first) throw noDay(first, typed);
  return (today) => {
    const last = typed ?? today;
    if (last < first) throw noDay(first, last);
    return { first, last };
  };
}

/** `--to` alone. */
export function noFirstDay(): OperatorError {
  return usage('--to needs --from.', 'Give the first day too: --from YYYY-MM-DD.');
}

function noDay(first: Day, last: Day): OperatorError {
  return usage(`The period from ${first} to ${last} has no day.`, 'Give an earlier --from, or a later --to.');
}

function readDay(option: string, text: string): Day {
  const day = requiredDate.safeParse(text);
  if (day.success) return day.data;
  throw usage(`${option} '${text}' is not a date.`, 'Give it as YYYY-MM-DD, such as 2026-10-31.');
}

/** From the beginning of the day `days` days ago in the business zone: last Monday's 09:00 check is within seven days this Monday at 09:00. */
function windowStart(now: Date, days: number, zone: string): Date {
  return new Date(startOfDay(subDays(new TZDate(now, zone), days)).getTime());
}
