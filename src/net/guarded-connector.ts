import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { DestinationRefused, guardedLookup, refusalOf } from './destination-guard.ts';
import type { HttpProxies } from './http-proxies.ts';
import { ProxyFault } from './proxy-fault.ts';
import { tlsCodes } from './tls-codes.ts';

/*
 * Connections that go only where they may (destination-guard.ts), and what can happen to them. Errors of the network name the
 * host, the address or parts of the URL in their messages; a fault names none of them.
 */

export interface GuardOptions {
  /** Loopback and private networks; link-local addresses are refused always. */
  readonly allowInternal: boolean;
  /** `dns.lookup` of Node, or another one with its signature. */
  readonly lookup: LookupFunction;
  readonly proxies: HttpProxies;
  /** PEM; trusted instead of the system's authorities. */
  readonly ca?: string;
}

export interface NetworkFault {
  readonly fault:
    | 'invalid_url'
    | 'destination_refused'
    | 'no_connection'
    | 'tls'
    | 'lost'
    | 'timed_out'
    | 'aborted';
  /** Why a destination was refused; an error code of the system, or what the proxy did. */
  readonly detail?: string;
  /** What the operator can do, where that is known: a sentence. */
  readonly next?: string;
}

/** Checks names when they are resolved, and addresses that are written in the URL, for which nothing is resolved. */
export function guardedConnector(
  options: Omit<GuardOptions, 'proxies'>,
  timeout: number,
): buildConnector.connector {
  const connect = buildConnector({
    timeout,
    lookup: guardedLookup(options.lookup, options.allowInternal),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return (target, callback) => {
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    const reason = isIP(literal) === 0 ? undefined : refusalOf(literal, options.allowInternal);
    if (reason === undefined) connect(target, callback);
    else callback(new DestinationRefused(reason), null);
  };
}

const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const connectCodes =
  /^(?:UND_ERR_CONNECT_TIMEOUT|ECONNREFUSED|ENOTFOUND|EAI_[A-Z]+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|ETIMEDOUT|EADDRNOTAVAIL)$/;

/**
 * What an error of a request means.
 *
 * @param unused the variable that names a proxy for the address, where http_proxy is off
 */
export function networkFault(error: Error, unused?: string): NetworkFault {
  if (error instanceof DestinationRefused) return { fault: 'destination_refused', detail: error.message };
  if (error instanceof ProxyFault) {
    return { fault: 'no_connection', detail: error.message, next: error.next };
  }
  const code = codeOf(error);
  const detail = code === undefined ? {} : { detail: code };
  if (code === undefined) return { fault: 'lost' };
  if (timeoutCodes.has(code)) return { fault: 'timed_out' };
  if (tlsCodes.test(code)) return { fault: 'tls', ...detail };
  if (connectCodes.test(code) && unused !== undefined) {
    return {
      fault: 'no_connection',
      detail: `${code}; ${unused} is set, but the setting http_proxy is off`,
      next: `Set http_proxy to env if this host needs the proxy of ${unused}.`,
    };
  }
  if (connectCodes.test(code)) return { fault: 'no_connection', ...detail };
  return { fault: 'lost', ...detail };
}

/** Of an AggregateError (several addresses were tried) the first one's. */
function codeOf(error: Error): string | undefined {
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return code;
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? codeOf(first) : undefined;
}
