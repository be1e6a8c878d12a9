import type { Renewal, RenewalScope } from '../../src/notify/outbox/renewal.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { monthlyOccasion, weeklyOccasion } from './due.ts';

/** Summaries that were too old when they could first be sent: those of the present month and week are as true as they were. */
export async function renewSummaries({ held, now, zones }: RenewalScope): Promise<Renewal> {
  const today = dayOf(now, zones.business);
  const present = [monthlyOccasion(today).key, weeklyOccasion(today).key];
  const idsOf = (wanted: boolean) =>
    held
      .filter(({ dedupe_key: key }) => present.includes(key) === wanted)
      .map(({ communication_id: id }) => id);
  return { replaced: [], obsolete: idsOf(false), unchanged: idsOf(true) };
}
