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
  /** `monthly`, `yearly`, `custom`: n days. */
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

/**
 * The renewals of a plan. Occurrence k is the anchor's month plus k times n with the wanted day, clamped to that month: always
 * counted from the anchor, so that the 31st comes back after a short month and 29 February in leap years. What OpsDeck does
 * with other period types (days, so that `weekly` means daily) would alert every day: they are a problem to be shown.
 */
export function renewalsOf(plan: RenewalPlan): Renewals {
  const type = plan.periodType.trim().toLowerCase();
  const n = plan.n ?? 1;
  if (n < 1) return { problem: `its renewal period is ${n}` };
  const anchor = toDate(plan.anchor);
  switch (type) {
    case 'monthly':
    case 'yearly': {
      const months = type === 'yearly' ? 12 * n : n;
      const wanted = type === 'monthly' ? wantedDay(plan.monthlyRenewalDay) : undefined;
      const occurrence = (k: number) => {
        if (k === 0) return plan.anchor;
        const clamped = addMonths(anchor, k * months);
        return dayBefore10000(wanted === undefined ? clamped : withDay(clamped, wanted));
      };
      return {
        occurrence,
        firstFrom: search(plan.anchor, occurrence, (day) =>
          Math.floor(differenceInCalendarMonths(toDate(day), anchor) / months),
        ),
      };
    }
    case 'custom': {
      const occurrence = (k: number) => dayBefore10000(addDays(anchor, k * n));
      return {
        occurrence,
        firstFrom: search(plan.anchor, occurrence, (day) =>
          Math.floor(differenceInCalendarDays(toDate(day), anchor) / n),
        ),
      };
    }
    default:
      return { problem: `its renewal period '${plan.periodType}' is not monthly, yearly or custom` };
  }
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
