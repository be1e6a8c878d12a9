import { isPast, reached, type Thresholds } from './thresholds.ts';

/** What of an item and one of its destinations decides about an alert today. */
export interface Standing {
  readonly thresholds: Thresholds;
  readonly daysLeft: number;
  /** The smallest threshold that was alerted there, or counts as alerted; null: none. */
  readonly sent: number | null;
  /** Nothing of this kind has been watched before. */
  readonly firstRun: boolean;
  /** Days left when the watch ran last; null: it has not. */
  readonly daysLeftAtLastRun: number | null;
  readonly hold: 'snoozed' | 'acknowledged' | null;
}

export type AlertDecision =
  | {
      readonly kind: 'alert';
      readonly threshold: number;
      /** Larger ones that were not alerted and are not alerted any more. */
      readonly covered: readonly number[];
      /** Of the covered: reached after the run before, so that a run was missed. */
      readonly missed: readonly number[];
    }
  | { readonly kind: 'baseline'; readonly threshold: number }
  | { readonly kind: 'quiet'; readonly why: 'not_reached' | 'sent' | 'snoozed' | 'acknowledged' };

/**
 * The rule of every expiry alert: one is due when a threshold has been reached and has not been alerted for this item and this
 * expiry. The smallest one that was reached is alerted and covers the larger ones. What was past when the watch began is baseline.
 */
export function decide(standing: Standing): AlertDecision {
  const { thresholds, daysLeft, sent, firstRun, daysLeftAtLastRun, hold } = standing;
  const threshold = reached(thresholds, daysLeft);
  if (threshold === undefined) return { kind: 'quiet', why: 'not_reached' };
  if (sent !== null && sent <= threshold) return { kind: 'quiet', why: 'sent' };
  if (firstRun && isPast(thresholds, daysLeft)) return { kind: 'baseline', threshold };
  if (hold !== null) return { kind: 'quiet', why: hold };
  const covered = thresholds.filter((days) => days > threshold && (sent === null || days < sent));
  const missed = covered.filter((days) => daysLeftAtLastRun !== null && days < daysLeftAtLastRun);
  return { kind: 'alert', threshold, covered, missed };
}
