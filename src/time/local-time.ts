import { tzOffset } from '@date-fns/tz/tzOffset';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * The instants at which clocks in the zone show a wall-clock time: one as a rule, two in the hour that the long day repeats
 * (earlier first), none in the hour that the short day leaves out. `wallClock` is the time as if it were UTC.
 */
export function instantsOf(wallClock: Date, zone: string): readonly Date[] {
  const offsets = new Set(
    [-dayMs, dayMs].map((shift) => tzOffset(zone, new Date(wallClock.getTime() + shift))),
  );
  return [...offsets]
    .map((offset) => ({ offset, instant: new Date(wallClock.getTime() - offset * minuteMs) }))
    .filter(({ offset, instant }) => tzOffset(zone, instant) === offset)
    .map(({ instant }) => instant)
    .sort((a, b) => a.getTime() - b.getTime());
}

/** The first instant of a calendar date (`YYYY-MM-DD`) in the zone; not midnight where clocks jump at midnight. */
export function startOfDate(date: string, zone: string): Date {
  const midnight = new Date(`${date}T00:00:00Z`);
  const [first] = instantsOf(midnight, zone);
  if (first !== undefined) return first;
  return new Date(midnight.getTime() - tzOffset(zone, new Date(midnight.getTime() - dayMs)) * minuteMs);
}
