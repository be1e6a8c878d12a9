import { type Day, daysBetween } from '../../src/time/calendar-day.ts';
import { inOrder, type Thresholds } from './thresholds.ts';

/** One version of a certificate, as it was recorded; its end lies after its start. */
export interface PastLife {
  readonly starts: Day;
  readonly ends: Day;
}

/** So few renewals are no habit. */
const fewest = 2;
/** A program renews on about the same day; it tries once or twice a day. */
const grace = 2;
/** The largest part of its life by which two automatic renewals differ. */
const spread = 0.1;

/**
 * The days before its end at which a certificate is usually renewed, by its own history; null: too few renewals, or none that a
 * program made: they differ by more than a tenth of its life, or came after the end.
 *
 * @param history by their starts.
 */
export function usualRenewal(history: readonly PastLife[]): number | null {
  const left: number[] = [];
  let life = 0;
  for (const [index, { starts, ends }] of history.entries()) {
    const following = history[index + 1];
    if (following === undefined || following.starts === starts) continue;
    left.push(daysBetween(following.starts, ends));
    life = Math.max(life, daysBetween(starts, ends));
  }
  const earliest = Math.max(...left);
  const latest = Math.min(...left);
  if (left.length < fewest || latest <= 0 || earliest - latest > Math.max(grace, life * spread)) return null;
  return latest;
}

/**
 * Alerts begin when the usual renewal is overdue, and at the latest seven days before the end, or at a tenth of the life where that
 * is below seventy days; not before the first threshold that is configured.
 *
 * @param most the first threshold that is configured
 */
export function forUsualRenewal(
  thresholds: Thresholds,
  {
    usual,
    life,
    most,
  }: { readonly usual: number | null; readonly life: number | null; readonly most: number },
): Thresholds {
  if (usual === null || life === null) return thresholds;
  const latest = life < 70 ? Math.floor(life / 10) : 7;
  const first = Math.max(latest, Math.min(usual - grace, most));
  return inOrder([first, ...thresholds.filter((days) => days < first)]);
}
