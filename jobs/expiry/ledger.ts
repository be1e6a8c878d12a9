import type { Day } from '../../src/time/calendar-day.ts';
import type { ExpiringItem } from './item.ts';

/** Everybody: what was recorded as baseline, or queued by OpsDeck. */
export const everybody = '*';

/** What the ledger says of one item and one expiry. */
export interface LedgerEntry {
  readonly destination: string;
  readonly threshold: number;
  /** `failed`: its message could not be delivered there. `withdrawn`: it was too old or was cancelled, and is sent there again. */
  readonly outcome: 'sent' | 'failed' | 'withdrawn';
  /** The month in which it was named as an item without an owner; null: an alert at a threshold. */
  readonly listedFor: Day | null;
}

/** Entries by {@link expiryKey}. */
export type Ledger = ReadonlyMap<string, readonly LedgerEntry[]>;

export function expiryKey({ kind, id, key }: Pick<ExpiringItem, 'kind' | 'id' | 'key'>): string {
  return `${kind} ${id} ${key}`;
}

/** The smallest threshold that was alerted there; null: none. */
export function sentTo(entries: readonly LedgerEntry[], destination: string): number | null {
  return entries.reduce<number | null>((smallest, entry) => {
    if (entry.outcome !== 'sent' || (entry.destination !== destination && entry.destination !== everybody))
      return smallest;
    return smallest === null ? entry.threshold : Math.min(smallest, entry.threshold);
  }, null);
}

/** Did a message there fail, and none arrive since? */
export function failedAt(entries: readonly LedgerEntry[], destination: string): boolean {
  const failed = entries.filter((entry) => entry.outcome === 'failed' && entry.destination === destination);
  const told = sentTo(
    entries.filter((entry) => entry.destination === destination),
    destination,
  );
  return failed.length > 0 && (told === null || failed.some(({ threshold }) => threshold < told));
}

/** A row to be written. */
export interface NewLedgerRow {
  readonly item_kind: ExpiringItem['kind'];
  readonly item_id: number;
  readonly expiry_key: string;
  readonly expires_on: Day;
  readonly destination: string;
  readonly threshold: number;
  readonly state: 'alerted' | 'covered' | 'baseline';
  readonly reason: string | null;
  readonly dedupe_key: string | null;
  readonly listed_for: Day | null;
}
