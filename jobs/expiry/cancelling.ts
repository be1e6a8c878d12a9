import { forPeriod, inOrder, type Thresholds } from './thresholds.ts';

/** Days before the last day on which a renewal can be cancelled, or notice can be given, at which an alert is due. */
const cancellingThresholds: Thresholds = [14, 7, 1];

/**
 * The thresholds of an item with those of the day by which it must be cancelled, both as days before its end.
 *
 * @param notice days before the end.
 * @param period days between two renewals; null: it has one end.
 */
export function withCancelling(thresholds: Thresholds, notice: number, period: number | null): Thresholds {
  const before = period === null ? cancellingThresholds : forPeriod(cancellingThresholds, period);
  return inOrder([...thresholds, ...before.map((days) => notice + days)]);
}

/** So many days before an end an item with that notice is of interest. */
export function farthestFor(notice: number): number {
  return notice + Math.max(...cancellingThresholds);
}
