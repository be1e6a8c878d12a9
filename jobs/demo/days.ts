import { type RawBuilder, sql } from 'kysely';

const dayMs = 86_400_000;

/** Dates and times of the demo, named by their distance from its end. */
export interface Days {
  /** The calendar date so many days before, in UTC: the zone of the demo. */
  date(daysAgo: number): string;
  /** The same instant so many days before, as OpsDeck stores it. */
  time(daysAgo: number): RawBuilder<string>;
}

export function daysBefore(end: Date, storedZone: string): Days {
  const instant = (daysAgo: number) => new Date(end.getTime() - daysAgo * dayMs);
  return {
    date: (daysAgo) => instant(daysAgo).toISOString().slice(0, 10),
    time: (daysAgo) => sql<string>`(${instant(daysAgo)}::timestamptz at time zone ${storedZone})`,
  };
}
