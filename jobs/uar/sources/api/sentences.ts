import type { NetworkFault } from '../../../../src/net/guarded-connector.ts';
import type { Credentials } from './credentials.ts';

/** Bytes; a longer answer is none that a page has. */
export const longestPage = 256 * 1024 * 1024;

/** Why an answer with this status is not used; a clause. */
export function statusSentence(status: number, credentials: Credentials['kind']): string {
  if (status === 401 && credentials === 'token')
    return 'it answered 401 to a new token, too: the scope or the audience of the token is wrong';
  if (status === 403 && credentials === 'token')
    return 'it answered 403: the token was issued, but the application lacks a permission, or the consent of an administrator';
  if (status === 401 || status === 403)
    return `it answered ${status}: the secret is missing, wrong or not allowed this`;
  if (status === 429)
    return 'it answered 429: there were too many requests, and it names no wait that is short enough';
  if (status >= 300 && status < 400) return `it answered ${status}; redirects are not followed`;
  if (status >= 500) return `it answered ${status}: it is out of order`;
  return `it answered ${status} instead of 200`;
}

/** Why there is no whole answer; a clause. It names neither the address nor the host. */
export function faultSentence({
  fault,
  detail,
}: {
  readonly fault: NetworkFault['fault'] | 'too_long';
  readonly detail?: string;
}): string {
  switch (fault) {
    case 'too_long':
      return `the answer is longer than ${longestPage / 1024 / 1024} MB`;
    case 'destination_refused':
      return `it may not be asked: ${detail ?? 'its address is not allowed'}`;
    case 'no_connection':
      return `there was no connection${detail === undefined ? '' : ` (${detail})`}`;
    case 'tls':
      return `its certificate was not accepted${detail === undefined ? '' : ` (${detail})`}`;
    case 'timed_out':
      return 'it did not answer in time';
    case 'lost':
      return 'the connection was lost before the answer was whole';
    case 'aborted':
      return 'the run was stopped';
    case 'invalid_url':
      return 'its address cannot be used';
    default:
      return fault satisfies never;
  }
}
