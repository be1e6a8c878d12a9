import { setTimeout as sleep } from 'node:timers/promises';
import { isAway } from '../errors.ts';

/** How long to wait for a database that is away for a moment, or has no connection to spare. */
export interface Patience {
  readonly forMs: number;
  /** Called once, when the waiting begins, with the reason. */
  readonly onWait: (error: Error) => void;
}

const firstPauseMs = 250;
const longestPauseMs = 2000;

/**
 * Tries again while the database is away, for as long as the patience lasts. The last error is thrown, and any other one at once.
 *
 * @param signal aborted: no more attempts.
 */
export async function patiently<T>(
  attempt: () => Promise<T>,
  { forMs, onWait }: Patience,
  signal: AbortSignal,
): Promise<T> {
  const began = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      const left = began + forMs - performance.now();
      if (!isAway(error) || left <= 0 || signal.aborted) throw error;
      if (pauseMs === firstPauseMs) onWait(error);
      await sleep(Math.min(pauseMs, left), undefined, { signal }).catch(() => undefined);
    }
  }
}
