import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import type { Web } from '../../src/job/context.ts';
import { isThisMachine } from '../../src/net/this-machine.ts';
import { RatesRefused } from './check-rates.ts';

/*
 * Asks a provider. Nothing of an address is ever said but its host: the path and the query may hold a key.
 *
 * | the provider                                        | what follows                        |
 * | cannot be reached, breaks off, is slow, 408 429 5xx | `provider_away`, exit 6             |
 * | answers otherwise than with rates                   | `rates_refused`, exit 1             |
 * | redirects within its own host                       | followed, a few times               |
 * | redirects elsewhere, or from https to http          | `rates_refused`, exit 1: the key, and our trust, are for that host |
 */

/** Of a slow line, too; one that stands still is given up sooner. */
const totalMs = 120_000;

const mostRedirects = 3;

export interface Download {
  readonly address: URL;
  readonly accept: string;
  /** Bytes. */
  readonly longestAnswer: number;
  /** Sent as a bearer token; a secret. */
  readonly key?: string | undefined;
}

/** What there is no such thing of at the provider: HTTP 400, 404, 405, 422. */
export class NotOffered extends RatesRefused {}

/**
 * The text of the answer.
 *
 * @throws OperatorError `provider_away`; RatesRefused for everything that the provider will not change by itself.
 */
export async function download(web: Web, { address, accept, longestAnswer, key }: Download): Promise<string> {
  if (key !== undefined && address.protocol !== 'https:' && !(web.allowsPrivate && isThisMachine(address))) {
    throw new RatesRefused(
      'an API key is set, and its address is not https: the key would be sent readable for all',
    );
  }
  const headers = { accept, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  let url = address;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await web.get({ url: url.href, headers, longestBody: longestAnswer, totalMs });
    if (answer.kind === 'fault') throw errorOf(answer, address.host);
    const { status } = answer;
    if (status >= 200 && status < 300) return answer.body;
    if (status >= 300 && status < 400 && status !== 304) {
      if (redirects === mostRedirects) throw new RatesRefused('it redirects again and again');
      url = redirected(url, answer.headers['location']);
      continue;
    }
    const said = `it answered with HTTP ${status}`;
    if (status >= 500 || status === 408 || status === 429) throw away(address.host, said);
    if ([400, 404, 405, 422].includes(status)) throw new NotOffered(said);
    if (status === 401 || status === 403)
      throw new RatesRefused(`${said}: it refuses this key, or wants no key`);
    throw new RatesRefused(said);
  }
}

function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new RatesRefused('it redirects to no address');
  }
  const to = new URL(location, from.href);
  const upgraded =
    from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === '';
  if (to.hostname === from.hostname && (to.origin === from.origin || upgraded)) return to;
  if (to.hostname === from.hostname)
    throw new RatesRefused('it redirects to another port or scheme of its host');
  throw new RatesRefused(`it redirects to another host, ${to.host}, which is not followed`);
}

type Fault = Extract<Awaited<ReturnType<Web['get']>>, { readonly kind: 'fault' }>;

function errorOf(answer: Fault, host: string): Error {
  const detail = 'detail' in answer && answer.detail !== undefined ? ` (${answer.detail})` : '';
  const next = 'next' in answer ? answer.next : undefined;
  switch (answer.fault) {
    case 'no_connection':
      return away(host, `there is no connection to it${detail}`, next);
    case 'lost':
      return away(host, `the connection broke off before the answer${detail}`);
    case 'timed_out':
    case 'aborted':
      return away(host, 'it did not answer in time');
    case 'tls':
      return new RatesRefused(`there is no trusted encrypted connection to it${detail}`);
    case 'destination_refused':
      return new RatesRefused(
        `it is not asked: ${answer.detail ?? 'its address is not allowed'} (allow_private_destinations decides about private networks)`,
      );
    case 'invalid_url':
      return new RatesRefused('its address is not an http or https URL');
    case 'cut_off':
      return new RatesRefused('its answer was cut off');
    case 'too_long':
      return new RatesRefused('its answer is longer than any that holds rates');
    default:
      return answer satisfies never;
  }
}

function away(host: string, reason: string, next?: string): OperatorError {
  return new OperatorError({
    code: 'provider_away',
    message: `The exchange rates of ${host} could not be read: ${reason}.`,
    next: next ?? 'Nothing was changed; run it again later: what is missed is filled in.',
    exitCode: ExitCode.unavailable,
  });
}
