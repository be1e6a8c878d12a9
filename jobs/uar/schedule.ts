import { TZDate } from '@date-fns/tz/date';
import { tzOffset } from '@date-fns/tz/tzOffset';
import { addDays } from 'date-fns/addDays';
import { addMonths } from 'date-fns/addMonths';
import { getISODay } from 'date-fns/getISODay';
import { setDate } from 'date-fns/setDate';
import { z } from 'zod';
import { type Day, toDate, toDay } from '../../src/time/calendar-day.ts';
import { instantsOf } from '../../src/time/local-time.ts';

/** When a comparison is executed, in calendar time of the business zone; what is left out is what OpsDeck fills in. */
export type ReviewSchedule =
  | { readonly every: 'manual' }
  | { readonly every: 'day'; readonly hour: number }
  /** ISO: 1 is Monday. */
  | { readonly every: 'week'; readonly hour: number; readonly weekday: number }
  /** 31 is the last day of a shorter month. */
  | { readonly every: 'month'; readonly hour: number; readonly day: number };

export type ReadSchedule =
  | { readonly schedule: ReviewSchedule }
  /** A sentence's rest: `its hour is …`. */
  | { readonly problem: string };

/** Forms send numbers as text, too. */
const whole = (least: number, most: number, otherwise: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .trim()
        .regex(/^\d{1,2}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(least).max(most))
    .nullish()
    .transform((value) => value ?? otherwise);

const fields = {
  hour: { shape: whole(0, 23, 8), range: '0 to 23' },
  day_of_week: { shape: whole(1, 7, 1), range: '1 (Monday) to 7' },
  day_of_month: { shape: whole(1, 31, 1), range: '1 to 31' },
} as const;

/** Reads `schedule_type` and `schedule_config` of a comparison. */
export function readSchedule(type: string | null, config: unknown): ReadSchedule {
  const kind = type ?? 'manual';
  if (kind === 'manual') return { schedule: { every: 'manual' } };
  const object = z.record(z.string(), z.unknown()).nullish().safeParse(config);
  if (!object.success) return { problem: 'its schedule_config is not an object' };
  const given = object.data ?? {};
  const problems: string[] = [];
  const read = (name: keyof typeof fields): number => {
    const value = fields[name].shape.safeParse(given[name]);
    if (value.success) return value.data;
    problems.push(`${name} is ${JSON.stringify(given[name])}, and can be ${fields[name].range}`);
    return 0;
  };
  const schedule = ((): ReviewSchedule | null => {
    switch (kind) {
      case 'daily':
        return { every: 'day', hour: read('hour') };
      case 'weekly':
        return { every: 'week', hour: read('hour'), weekday: read('day_of_week') };
      case 'monthly':
        return { every: 'month', hour: read('hour'), day: read('day_of_month') };
      default:
        return null;
    }
  })();
  if (schedule === null) {
    return { problem: `its schedule_type '${kind}' is not daily, weekly, monthly or manual` };
  }
  return problems.length === 0 ? { schedule } : { problem: `its schedule is wrong: ${problems.join('; ')}` };
}

/** When a comparison with an unusable schedule is tried, and so fails, again: once a day, not at every sweep. */
export const fallbackSchedule: ReviewSchedule = { every: 'day', hour: 8 };

/**
 * The first time of the schedule strictly after an instant; null: by hand only. An hour that the short day does not have is
 * the first instant after the gap; of one that the long day has twice, the first.
 */
export function nextRun(schedule: ReviewSchedule, after: Date, zone: string): Date | null {
  if (schedule.every === 'manual') return null;
  const today = toDay(new TZDate(after, zone));
  for (const day of daysOf(schedule, today)) {
    const instant = atHour(day, schedule.hour, zone);
    if (instant > after) return instant;
  }
  throw new RangeError(`no time of the schedule follows ${after.toISOString()}`);
}

/** Days of the schedule from this one on, as many as it takes to find one that is still to come. */
function* daysOf(schedule: Exclude<ReviewSchedule, { every: 'manual' }>, today: Day): Generator<Day> {
  const first = toDate(today);
  switch (schedule.every) {
    case 'day':
      for (let n = 0; n < 3; n += 1) yield toDay(addDays(first, n));
      return;
    case 'week':
      for (let n = 0; n < 15; n += 1) {
        const day = addDays(first, n);
        if (getISODay(day) === schedule.weekday) yield toDay(day);
      }
      return;
    case 'month':
      // From the first of the month: addMonths clamps what it is given, and would keep the shorter day.
      for (let n = 0; n < 3; n += 1) {
        const month = addMonths(setDate(first, 1), n);
        const last = addDays(addMonths(month, 1), -1).getUTCDate();
        yield toDay(setDate(month, Math.min(schedule.day, last)));
      }
      return;
    default:
      schedule satisfies never;
  }
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function atHour(day: Day, hour: number, zone: string): Date {
  const wallClock = new Date(toDate(day).getTime() + hour * 60 * minuteMs);
  const [first] = instantsOf(wallClock, zone);
  if (first !== undefined) return first;
  // The offset from before the gap: as many minutes after its end as the time lies after its start.
  return new Date(wallClock.getTime() - tzOffset(zone, new Date(wallClock.getTime() - dayMs)) * minuteMs);
}
