import type { HttpAnswer, HttpFault } from '../../net/http-answer.ts';
import { retryAfterMs } from '../../net/retry-after.ts';
import type { DeliveryOutcome, Failed, Retry } from '../delivery/outcome.ts';

/*
 * What an answer to a POST means (RFC 9110): 2xx sent; 3xx failed, since redirects are not followed; 408, 425, 429 and 5xx
 * retry; 410 gone; every other 4xx failed. Answers are not quoted: they may repeat the address or the token.
 */

/** `subject` begins the reason: `the webhook`. `headers` are the answer's, for providers with more to say about waiting. */
export function outcomeOfStatus(subject: string, answer: HttpAnswer, now: Date): DeliveryOutcome {
  const { status } = answer;
  const answered = `${subject} answered with HTTP ${status}`;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 410) return { kind: 'gone', reason: `${answered}: it no longer exists` };
  if (status === 429) {
    return waiting('rate_limited', `${answered}: too many messages`, retryAfterMs(answer, now));
  }
  if (status === 408 || status === 425 || status >= 500) {
    return waiting('refused_for_now', answered, retryAfterMs(answer, now));
  }
  if (status >= 300 && status < 400) {
    return { kind: 'failed', code: 'redirected', reason: `${answered}; redirects are not followed` };
  }
  return refused(answered);
}

export function refused(reason: string): Failed {
  return { kind: 'failed', code: 'refused', reason };
}

/** A refusal for now. Whoever names a wait is obeyed, and obeying costs no attempt. */
export function waiting(
  code: 'rate_limited' | 'refused_for_now',
  reason: string,
  waitMs: number | undefined,
): Retry {
  const common = {
    kind: 'retry',
    code,
    reason,
    costsAttempt: waitMs === undefined,
    mayHaveArrived: false,
  } as const;
  return waitMs === undefined ? common : { ...common, retryAfterMs: waitMs };
}

export function outcomeOfFault(subject: string, { fault, requested, detail }: HttpFault): DeliveryOutcome {
  const code = detail === undefined ? '' : ` (${detail})`;
  const retry = (name: Retry['code'], reason: string, costsAttempt = true): Retry => ({
    kind: 'retry',
    code: name,
    reason,
    costsAttempt,
    mayHaveArrived: requested,
  });
  switch (fault) {
    case 'invalid_url':
      return {
        kind: 'failed',
        code: 'invalid_url',
        reason: `the address of ${subject} is not an http or https URL`,
      };
    case 'destination_refused':
      return {
        kind: 'failed',
        code: 'destination_refused',
        reason: `${subject} is not sent to: ${detail ?? 'its address is not allowed'}`,
      };
    case 'no_connection':
      return retry('server_away', `no connection to ${subject}${code}`);
    case 'tls':
      return retry('tls_refused', `no trusted encrypted connection to ${subject}${code}`);
    case 'lost':
      return retry('connection_lost', `the connection to ${subject} broke off before the answer${code}`);
    case 'timed_out':
      return requested
        ? retry('timed_out', `${subject} did not answer in time`)
        : retry('server_away', `no connection to ${subject} in time`);
    case 'aborted':
      return retry('interrupted', `sending to ${subject} was interrupted`, false);
    default:
      return fault satisfies never;
  }
}
