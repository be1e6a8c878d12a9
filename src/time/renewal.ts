import { addDays } from 'date-fns/addDays';
import { addMonths } from 'date-fns/addMonths';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { differenceInCalendarMonths } from 'date-fns/differenceInCalendarMonths';
import { getDaysInMonth } from 'date-fns/getDaysInMonth';
import { setDate } from 'date-fns/setDate';
import { type Day, toDate, toDay } from './calendar-day.ts';

/** When a subscription that renews does so, as OpsDeck stores it. */
export interface RenewalPlan {
  /** Occurrence 0, as it is. */
  readonly anchor: Day;
  /** `monthly`, `yearly`, `custom` (n days), or other words for such a period: see {@link periodOf}. */
  readonly periodType: string;
  /** null: 1, what OpsDeck fills in. */
  readonly n: number | null;
  /** Of a monthly plan: `first`, `last`, or a day as digits; anything else, and null, is the anchor's day. */
  readonly monthlyRenewalDay: string | null;
}

export type Renewals =
  | {
      readonly occurrence: (k: number) => Day /** The first k whose occurrence is on this day or later. */;
      readonly firstFrom: (day: Day) => number;
    }
  | { readonly problem: string };

/** A period in months or in days; its length is not always that of the calendar: for thresholds and lists. */
export interface Period {
  readonly unit: 'months' | 'days';
  readonly count: number;
}

const monthsOf: ReadonlyMap<string, number> = new Map([
  ['monthly', 1],
  ['month', 1],
  ['quarterly', 3],
  ['quarter', 3],
  ['yearly', 12],
  ['year', 12],
  ['annual', 12],
  ['annually', 12],
]);

/** The period that people write: `yearly`, `annual`, `quarterly`, `every 3 months` (which has its number itself); null: none. */
export function periodOf(periodType: string, n: number | null): Period | null {
  const word = periodType.trim().toLowerCase();
  const months = monthsOf.get(word);
  if (months !== undefined) return { unit: 'months', count: months * (n ?? 1) };
  if (word === 'custom') return { unit: 'days', count: n ?? 1 };
  const [, every = '1', unit = ''] =
    /^every (?:(\d{1,4}) )?(day|week|month|quarter|year)s?$/.exec(word) ?? [];
  const each = monthsOf.get(unit);
  if (each !== undefined) return { unit: 'months', count: Number(every) * each };
  if (unit === '') return null;
  return { unit: 'days', count: Number(every) * (unit === 'week' ? 7 : 1) };
}

/** How long a period is, for a comparison with days. */
export function daysIn({ unit, count }: Period): number {
  return unit === 'days' ? count : Math.round((count * 365) / 12);
}

/**
 * The day of the month that a monthly plan names, where it is not that of its date: after the first renewal the named one counts.
 * null: they agree, or no day is named.
 */
export function otherRenewalDay(plan: RenewalPlan): string | null {
  const { anchor, monthlyRenewalDay, periodType, n } = plan;
  const wanted = wantedDay(monthlyRenewalDay);
  const period = periodOf(periodType, n);
  if (wanted === undefined || period?.unit !== 'months' || isYearly(plan)) return null;
  return toDay(withDay(toDate(anchor), wanted)) === anchor ? null : (monthlyRenewalDay ?? '').trim();
}

/**
 * The renewals of a plan. Occurrence k is the anchor's month plus k times n with the wanted day, clamped to that month: always
 * counted from the anchor, so that the 31st comes back after a short month and 29 February in leap years. What OpsDeck does
 * with other period types (days, so that `weekly` means daily) would alert every day: they are a problem to be shown.
 */
export function renewalsOf(plan: RenewalPlan): Renewals {
  const period = periodOf(plan.periodType, plan.n);
  if (plan.n !== null && plan.n < 1) return { problem: `its renewal period is ${plan.n}` };
  if (period === null) {
    return { problem: `its renewal period '${plan.periodType}' is not monthly, quarterly, yearly or custom` };
  }
  if (period.count < 1) return { problem: `its renewal period is '${plan.periodType}'` };
  const anchor = toDate(plan.anchor);
  const { count } = period;
  switch (period.unit) {
    case 'months': {
      const wanted = isYearly(plan) ? undefined : wantedDay(plan.monthlyRenewalDay);
      const occurrence = (k: number) => {
        if (k === 0) return plan.anchor;
        const clamped = addMonths(anchor, k * count);
        return dayBefore10000(wanted === undefined ? clamped : withDay(clamped, wanted));
      };
      return {
        occurrence,
        firstFrom: search(plan.anchor, occurrence, (day) =>
          Math.floor(differenceInCalendarMonths(toDate(day), anchor) / count),
        ),
      };
    }
    case 'days': {
      const occurrence = (k: number) => dayBefore10000(addDays(anchor, k * count));
      return {
        occurrence,
        firstFrom: search(plan.anchor, occurrence, (day) =>
          Math.floor(differenceInCalendarDays(toDate(day), anchor) / count),
        ),
      };
    }
    default:
      return period.unit satisfies never;
  }
}

/** Of a yearly plan OpsDeck takes no day of the month. */
function isYearly({ periodType }: RenewalPlan): boolean {
  return /^(yearly|annual|annually|every (\d+ )?years?)$/.test(periodType.trim().toLowerCase());
}

/** From a guess that may be one too low: days within a month can move an occurrence past the day that was asked for. */
function search(anchor: Day, occurrence: (k: number) => Day, guess: (day: Day) => number) {
  return (day: Day): number => {
    if (day <= anchor) return 0;
    let k = Math.max(0, guess(day));
    while (occurrence(k) < day) k += 1;
    return k;
  };
}

/** A period may be so long that its next day has no year of four digits, or cannot be reckoned at all: it is as good as never. */
function dayBefore10000(date: Date): Day {
  return date.getTime() <= toDate('9999-12-31').getTime() ? toDay(date) : '9999-12-31';
}

/** A day of the month; Infinity is the last one; undefined: the anchor's. */
function wantedDay(text: string | null): number | undefined {
  const word = text?.trim().toLowerCase() ?? '';
  if (word === 'first') return 1;
  if (word === 'last') return Number.POSITIVE_INFINITY;
  const digits = /^\d{1,3}$/.test(word) ? Number(word) : 0;
  return digits >= 1 ? digits : undefined;
}

function withDay(date: Date, wanted: number): Date {
  return setDate(date, Math.min(wanted, getDaysInMonth(date)));
}
