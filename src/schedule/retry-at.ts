import { nextAfter, type Schedule } from './schedule.ts';

/** How often a firing is taken up again after a failure, and after how long each time. */
export interface RetryPolicy {
  readonly count: number;
  readonly waitMs: number;
}

/** Two within the hour. */
export const defaultRetries: RetryPolicy = { count: 2, waitMs: 20 * 60_000 };

/**
 * When a firing is taken up again whose attempt, counted from 1, failed at the instant; null: it is not. Never once the next firing
 * is due, which does the work anyway.
 */
export function retryAt(
  { count, waitMs }: RetryPolicy,
  attempt: number,
  failedAt: Date,
  schedule: Schedule,
  zone: string,
): Date | null {
  if (attempt > count) return null;
  const at = new Date(failedAt.getTime() + waitMs);
  const next = nextAfter(schedule, zone, failedAt);
  return next === null || at < next ? at : null;
}
