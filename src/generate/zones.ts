import { tzOffset } from '@date-fns/tz/tzOffset';
import { nextAfter, type Schedule } from '../schedule/schedule.ts';
import { type Calendar, minutesADay } from './calendar.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** How far ahead the rules of a zone are looked at. */
const daysAhead = 2 * 366;

/** The days, as instants of UTC midnights, on which the offset of the zone changes. */
export function changeDays(zone: string, now: Date): readonly Date[] {
  const first = Math.floor(now.getTime() / dayMs) * dayMs;
  return Array.from({ length: daysAhead }, (_, index) => new Date(first + index * dayMs)).filter(
    (day) => tzOffset(zone, day) !== tzOffset(zone, new Date(day.getTime() + dayMs)),
  );
}

/** The calendars in another zone: every time that one of the differences between the zones makes of a time. */
export function inZone(calendars: readonly Calendar[], zone: string, now: Date): readonly Calendar[] {
  return calendars.flatMap((calendar) => (calendar.zone === zone ? [calendar] : moved(calendar, zone, now)));
}

function moved(calendar: Calendar, zone: string, now: Date): readonly Calendar[] {
  const byDay = new Map<number, Set<number>>();
  for (const difference of differences(calendar.zone, zone, now)) {
    for (const time of calendar.times) {
      const there = time + difference;
      const day = Math.floor(there / minutesADay);
      const times = byDay.get(day) ?? new Set();
      byDay.set(day, times.add(there - day * minutesADay));
    }
  }
  if (isEachDay(calendar)) {
    const times = new Set([...byDay.values()].flatMap((some) => [...some]));
    return [{ ...calendar, zone, times: ascending(times) }];
  }
  return [...byDay].map(([day, some]) => ({ ...onAnotherDay(calendar, day), zone, times: ascending(some) }));
}

/** A day of a week moves along; one of a month or a year becomes each day. */
function onAnotherDay(calendar: Calendar, by: number): Calendar {
  if (by === 0) return calendar;
  const weekdays = calendar.weekdays?.map((day) => (day + by + 7) % 7).sort((a, b) => a - b) ?? null;
  return { ...calendar, months: null, daysOfMonth: null, weekdays };
}

/** In minutes: what to add to a time of the one zone for that of the other, in each season. */
function differences(from: string, to: string, now: Date): ReadonlySet<number> {
  const found = new Set<number>();
  for (let day = 0; day < daysAhead; day += 1) {
    const at = new Date(now.getTime() + day * dayMs);
    found.add(tzOffset(to, at) - tzOffset(from, at));
  }
  return found;
}

/**
 * The instants near a change of the clock that the calendars leave out, as times of UTC on each day; null: there are no such.
 * A calendar leaves out times that a short day does not have, and the second of times that a long day has twice.
 */
export function leftOutAtChanges(
  schedule: Schedule,
  zone: string,
  calendars: readonly Calendar[],
  now: Date,
): Calendar | null {
  const times = new Set<number>();
  const days = new Set([zone, ...calendars.map((one) => one.zone)].flatMap((one) => changeDays(one, now)));
  for (const day of days) {
    const end = new Date(day.getTime() + dayMs + 4 * hourMs);
    let at = nextAfter(schedule, zone, new Date(day.getTime() - 4 * hourMs));
    while (at !== null && at < end) {
      const instant = at;
      if (!calendars.some((one) => firesAt(one, instant))) {
        times.add((instant.getTime() / minuteMs) % minutesADay);
      }
      at = nextAfter(schedule, zone, at);
    }
  }
  if (times.size === 0) return null;
  return { zone: 'UTC', times: ascending(times), months: null, daysOfMonth: null, weekdays: null };
}

/** Does a program that knows only the time on the wall start at the instant? The first of two equal times counts. */
function firesAt(calendar: Calendar, instant: Date): boolean {
  const offset = tzOffset(calendar.zone, instant);
  const before = tzOffset(calendar.zone, new Date(instant.getTime() - 3 * hourMs));
  const earlier = new Date(instant.getTime() - (before - offset) * minuteMs);
  if (before > offset && tzOffset(calendar.zone, earlier) === before) return false;
  const wall = new Date(instant.getTime() + offset * minuteMs);
  return (
    calendar.times.includes(wall.getUTCHours() * 60 + wall.getUTCMinutes()) &&
    (calendar.months?.includes(wall.getUTCMonth() + 1) ?? true) &&
    (calendar.daysOfMonth?.includes(wall.getUTCDate()) ?? true) &&
    (calendar.weekdays?.includes(wall.getUTCDay()) ?? true)
  );
}

function isEachDay({ months, daysOfMonth, weekdays }: Calendar): boolean {
  return months === null && daysOfMonth === null && weekdays === null;
}

function ascending(values: Iterable<number>): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
