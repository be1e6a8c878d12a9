import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { addDays, daysBetween } from '../../../src/time/calendar-day.ts';
import { startOfDate } from '../../../src/time/local-time.ts';
import type { CatalogControl } from '../controls/find-control.ts';
import { countsOf, type PeriodCounts } from './counts.ts';
import { type PeriodScope, readControlPeriods } from './read.ts';

/** What a period is compared with. */
export interface EarlierPeriod {
  readonly counts: PeriodCounts;
  readonly withoutDays: number;
}

/** The period of equal length before; null: no snapshot was taken in it, so what was expected then is not known. */
export async function readEarlier(
  db: Kysely<Database>,
  control: CatalogControl,
  period: PeriodScope,
): Promise<EarlierPeriod | null> {
  const zone = period.zones.business;
  const last = addDays(period.first, -1);
  const first = addDays(last, -daysBetween(period.first, period.last));
  const to = new Date(startOfDate(period.first, zone).getTime() - 1);
  const [tested] = await readControlPeriods(db, [control], {
    ...period,
    ...{ first, last, from: startOfDate(first, zone), to },
  });
  if (tested === undefined || tested.snapshots.length === 0) return null;
  return { counts: countsOf(tested.rules), withoutDays: tested.recorded.withoutDays };
}
