import { boundedWaitMs, retryAfterMs } from '../../../../src/net/retry-after.ts';

/** What decides about a wait. */
interface Refusal {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

const longestWaitMs = 120_000;
const mostWaits = 5;
/** Where an API names no time, each wait is twice as long as the one before. */
const firstWaitMs = 5000;

const remaining = ['x-ratelimit-remaining', 'x-rate-limit-remaining', 'ratelimit-remaining'];
const resets = ['x-ratelimit-reset', 'x-rate-limit-reset', 'ratelimit-reset'];

/**
 * How long to wait before the same page is asked for again; undefined: it is not. GitHub answers 403, too, when nothing of its limit
 * remains.
 *
 * @param waits how often that page was waited for
 */
export function waitBefore({ status, headers }: Refusal, waits: number, now: Date): number | undefined {
  const limited =
    status === 429 || (status === 403 && remaining.some((name) => headers[name]?.trim() === '0'));
  if ((!limited && status !== 503) || waits === mostWaits) return undefined;
  const named = retryAfterMs({ headers }, now) ?? (limited ? resetMs(headers, now) : undefined);
  const wait = named ?? (limited ? firstWaitMs * 2 ** waits : undefined);
  return wait === undefined || wait > longestWaitMs ? undefined : wait;
}

/** Seconds since 1970, or from now on where the number is small. */
function resetMs(headers: Refusal['headers'], now: Date): number | undefined {
  const text = resets.map((name) => headers[name]?.trim()).find((value) => value !== undefined);
  if (text === undefined || !/^\d{1,12}(?:\.\d+)?$/.test(text)) return undefined;
  const seconds = Number(text);
  // Clocks differ: a second more.
  return boundedWaitMs(seconds < 100_000_000 ? seconds * 1000 : seconds * 1000 - now.getTime() + 1000);
}
