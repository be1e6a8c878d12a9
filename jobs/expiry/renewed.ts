import { addDays, type Day, dayInWords, dayOf } from '../../src/time/calendar-day.ts';
import type { Hold } from './holds.sql.ts';
import type { ExpiringItem } from './item.ts';

/** Whoever keeps the date has so many days to change it after a renewal was recorded. */
export const daysToChange = 14;

/**
 * Pure: an item that was renewed and still has its old end after {@link daysToChange} days asks for its date to be changed, once; the
 * alerts of the old end do not come back. What renews by itself needs no change.
 */
export function remindOfRenewals(
  items: readonly ExpiringItem[],
  hold: (item: ExpiringItem) => Hold | null,
  { today, zone }: { readonly today: Day; readonly zone: string },
): readonly ExpiringItem[] {
  return items.map((item) => {
    const found = hold(item);
    if (found === null || found.renewed_on === null || item.happens === 'renews') return item;
    const recorded = dayOf(found.at, zone);
    if (addDays(recorded, daysToChange) > today) return item;
    return {
      ...item,
      key: `${item.key} renewed`,
      expiresOn: recorded,
      thresholds: [-daysToChange],
      cancelBy: null,
      finding: { text: stillRecorded(item, found.renewed_on, found.renewed_until), counts: false },
    };
  });
}

function stillRecorded({ kind, expiresOn }: ExpiringItem, on: Day, until: Day | null): string {
  const end = dayInWords(expiresOn);
  const renewed = `was renewed on ${dayInWords(on)}, but`;
  if (kind === 'certificate')
    return `${renewed} the recorded certificate still ends on ${end}: record the new one`;
  return `${renewed} its recorded date is still ${end}: change it to ${until === null ? 'the new date' : dayInWords(until)}`;
}
