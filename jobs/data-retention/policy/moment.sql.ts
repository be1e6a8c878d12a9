import { type RawBuilder, sql } from 'kysely';
import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import type { Zones } from '../../../src/time/zones.ts';

/** The day of a run; ages are counted in whole days of the business zone. */
export interface Moment {
  readonly today: Day;
  readonly zones: Zones;
}

/** The midnight, in the business zone, that begins the day `days` ago. */
export const midnight = ({ today, zones }: Moment, days: number): RawBuilder<unknown> =>
  sql`(${addDays(today, -days)}::date::timestamp at time zone ${zones.business}::text)`;
