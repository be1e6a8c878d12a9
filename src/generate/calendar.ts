import { nextAfter, type Schedule } from '../schedule/schedule.ts';

/** Times of day on days, read in a zone: what crontab and timers can express. */
export interface Calendar {
  readonly zone: string;
  /** Minutes since midnight, ascending. */
  readonly times: readonly number[];
  /** 1 to 12; null: each. */
  readonly months: readonly number[] | null;
  /** 1 to 31; null: each. */
  readonly daysOfMonth: readonly number[] | null;
  /** 0 is Sunday; null: each. */
  readonly weekdays: readonly number[] | null;
}

export const minutesADay = 1440;
const minuteMs = 60_000;
const weekdayNames = /sun|mon|tue|wed|thu|fri|sat/gi;

/**
 * The calendars that together fire at every instant of the schedule, days on which the clock changes apart. What they cannot
 * express (the last day of a month, an interval that no day is a multiple of) they fire more often for: whoever is started when
 * nothing is due does nothing.
 */
export function calendarsOf(schedule: Schedule, zone: string): readonly Calendar[] {
  const eachDay = { months: null, daysOfMonth: null, weekdays: null };
  if (schedule.kind === 'interval') {
    const step = greatestCommonDivisor(schedule.periodMs / minuteMs, minutesADay);
    const times = Array.from({ length: minutesADay / step }, (_, index) => index * step);
    return [{ zone: 'UTC', times, ...eachDay }];
  }
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = schedule.expression.split(' ');
  const minutes = probe(`${minute} * * * *`, '2024-01-01T00:00Z', '2024-01-01T01:00Z', 'getUTCMinutes');
  const hours = probe(`0 ${hour} * * *`, '2024-01-01T00:00Z', '2024-01-02T00:00Z', 'getUTCHours');
  const times = hours.flatMap((one) => minutes.map((at) => one * 60 + at));
  const months =
    month === '*'
      ? null
      : probe(`0 0 1 ${month} *`, '2024-01-01T00:00Z', '2025-01-01T00:00Z', 'getUTCMonth').map(
          (one) => one + 1,
        );
  const everyDay = { zone, times, months, daysOfMonth: null, weekdays: null };
  if (!isPlain(day) || !isPlain(weekday)) return [everyDay];
  const daysOfMonth =
    day === '*' ? null : probe(`0 0 ${day} 1 *`, '2024-01-01T00:00Z', '2024-02-01T00:00Z', 'getUTCDate');
  const weekdays =
    weekday === '*'
      ? null
      : probe(`0 0 * * ${weekday}`, '2024-01-07T00:00Z', '2024-01-14T00:00Z', 'getUTCDay');
  // Where both are given, either is enough.
  return daysOfMonth !== null && weekdays !== null
    ? [
        { ...everyDay, daysOfMonth },
        { ...everyDay, weekdays },
      ]
    : [{ ...everyDay, daysOfMonth, weekdays }];
}

/** Do the calendars of the schedule fire at no other time than it does, days on which the clock changes apart? */
export function isExact(schedule: Schedule): boolean {
  if (schedule.kind === 'interval') return minutesADay % (schedule.periodMs / minuteMs) === 0;
  const [, , day = '*', , weekday = '*'] = schedule.expression.split(' ');
  return isPlain(day) && isPlain(weekday);
}

/** Are these days of each month, or of each week, alike? `L`, `W` and `#` are not. */
function isPlain(days: string): boolean {
  return !/[^\d*,/-]/.test(days.replace(weekdayNames, '0'));
}

type Part = 'getUTCMinutes' | 'getUTCHours' | 'getUTCDate' | 'getUTCMonth' | 'getUTCDay';

/** What of its instants in [from, before) a field stands for, ascending. */
function probe(expression: string, from: string, before: string, part: Part): readonly number[] {
  const end = new Date(before);
  const values: number[] = [];
  let at = nextAfter(
    { kind: 'cron', text: expression, expression },
    'UTC',
    new Date(Date.parse(from) - 1000),
  );
  while (at !== null && at < end) {
    values.push(at[part]());
    at = nextAfter({ kind: 'cron', text: expression, expression }, 'UTC', at);
  }
  return values;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
