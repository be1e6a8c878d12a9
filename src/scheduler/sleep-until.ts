import { setTimeout as timeout } from 'node:timers/promises';

/** Sleeps for so long, or until the signal. */
export async function sleepUntil(milliseconds: number, signal: AbortSignal): Promise<void> {
  await timeout(milliseconds, undefined, { signal }).catch(() => undefined);
}
