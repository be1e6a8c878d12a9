import type { HttpAnswer } from './http-answer.ts';

const longestWaitMs = 24 * 3_600_000;

/** Header Retry-After, in seconds or as an HTTP date (RFC 9110, 10.2.3); undefined: absent or unreadable. */
export function retryAfterMs(answer: Pick<HttpAnswer, 'headers'>, now: Date): number | undefined {
  const value = answer.headers['retry-after']?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(value)) return boundedWaitMs(Number(value) * 1000);
  // The three forms of an HTTP date all end in GMT or, for asctime, in the year.
  if (!/^[A-Z][a-z]+,? .*(?:GMT|\d{4})$/.test(value)) return undefined;
  const instant = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(instant) ? undefined : boundedWaitMs(instant - now.getTime());
}

/** Between nothing and a day: nobody else decides that a message waits for ever. */
export function boundedWaitMs(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), longestWaitMs);
}
