import { once } from 'node:events';
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { readPem } from '../../../src/certificates/read-pem.ts';
import { isWithin, type Networks, refusalOf } from '../../../src/net/destination-guard.ts';
import { tlsCodes } from '../../../src/net/tls-codes.ts';
import type { Endpoint } from './endpoint.ts';
import { NoStartTls, startTls } from './start-tls.ts';

/*
 * Which certificate an endpoint serves. The name is looked up once, each address is judged (src/net/destination-guard.ts), and the
 * connection goes to the judged address with the name as SNI: a name that answers differently a second time leads nowhere else.
 * What the other side sends is judged and never repeated, but for its certificate.
 */

/** What was served. */
export interface ServedCertificate {
  /** SHA-256, in hex. */
  readonly fingerprint: string;
  readonly name: string | null;
  readonly issuer: string | null;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Why this host does not trust it: a code of OpenSSL; null: it does. */
  readonly trust: string | null;
  /** The certificate is for the host that was asked. */
  readonly nameFits: boolean;
}

export type Observation =
  | { readonly kind: 'served'; readonly certificate: ServedCertificate }
  /** A phrase. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Not connected to. */
  | { readonly kind: 'refused'; readonly why: string };

export interface AskOptions {
  /** Private networks that may be connected to; `all`: every one. Link-local addresses and metadata services never are. */
  readonly networks: Networks | 'all';
  readonly lookup: LookupFunction;
  /** For the look-up, and again for everything after it. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Rejects only when the signal was aborted. */
export async function askEndpoint(endpoint: Endpoint, options: AskOptions): Promise<Observation> {
  const { networks, signal, timeoutMs } = options;
  const withLimit = () => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const found =
      isIP(endpoint.host) === 0 ? await resolve(endpoint.host, options.lookup, withLimit()) : [endpoint.host];
    const refusals = found.map((address) =>
      refusalOf(address, networks === 'all' || isWithin(address, networks)),
    );
    const allowed = found.filter((_, index) => refusals[index] === undefined);
    const [first] = refusals;
    if (allowed.length === 0 && first !== undefined) return { kind: 'refused', why: first };
    return await askFirst(allowed, endpoint, { signal: withLimit(), timeoutMs });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', why: reasonOf(error, timeoutMs) };
  }
}

/** `dns.lookup` cannot be stopped: it is only not waited for. */
function resolve(host: string, lookup: LookupFunction, signal: AbortSignal): Promise<readonly string[]> {
  return new Promise((done, failed) => {
    signal.addEventListener('abort', () => failed(signal.reason), { once: true });
    lookup(host, { all: true }, (error, found) => {
      if (error !== null) failed(error);
      else done(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });
}

/** The first address that accepts a connection is the one that counts; each gets its part of the time. */
async function askFirst(
  addresses: readonly string[],
  endpoint: Endpoint,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Observation> {
  let last: unknown;
  for (const address of addresses) {
    const socket = connectPlain({ host: address, port: endpoint.port });
    // What comes after its answer concerns no one.
    socket.on('error', () => {});
    try {
      const part = AbortSignal.timeout(Math.ceil(timeoutMs / addresses.length));
      const error = await failureOf(once(socket, 'connect', { signal: AbortSignal.any([signal, part]) }));
      if (error === undefined) return await observe(socket, endpoint, signal);
      last = error;
      if (signal.aborted) break;
    } finally {
      socket.destroy();
    }
  }
  throw last;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}

async function observe(socket: Socket, endpoint: Endpoint, signal: AbortSignal): Promise<Observation> {
  if (endpoint.startTls) await startTls(socket, signal);
  const secure = connectTls({
    socket,
    // The host is no name that a server could choose by where it is an address.
    ...(isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {}),
    // Whatever it serves is looked at, and judged here.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  try {
    await once(secure, 'secureConnect', { signal });
    return servedBy(secure, endpoint);
  } finally {
    secure.on('error', () => {});
    secure.destroy();
  }
}

function servedBy(secure: TLSSocket, { host }: Endpoint): Observation {
  const x509 = secure.getPeerX509Certificate();
  if (x509 === undefined) return { kind: 'failed', why: 'it sends no certificate' };
  const reading = readPem(x509.toString());
  if ('problem' in reading)
    return { kind: 'failed', why: `what it sends cannot be used: ${reading.problem}` };
  const [facts] = reading.certificates;
  return {
    kind: 'served',
    certificate: {
      fingerprint: facts.fingerprint,
      name: facts.commonName ?? facts.organisation,
      issuer: facts.issuer,
      notBefore: facts.notBefore,
      notAfter: facts.notAfter,
      trust: trustOf(secure),
      nameFits: (isIP(host) === 0 ? x509.checkHost(host) : x509.checkIP(host)) !== undefined,
    },
  };
}

/** Declared as an error, and a code where OpenSSL refused. */
function trustOf({ authorized, authorizationError }: TLSSocket): string | null {
  if (authorized) return null;
  const why: unknown = authorizationError;
  return typeof why === 'string' ? why : 'UNSPECIFIED';
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof NoStartTls) return error.message;
  const code = codeOf(error);
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return `no answer in ${timeoutMs / 1000} seconds`;
  }
  if (code === undefined) return 'the connection failed';
  if (code === 'ENOTFOUND') return 'its name is not known (ENOTFOUND)';
  if (code === 'ECONNREFUSED') return 'the connection is refused (ECONNREFUSED)';
  if (code === 'ECONNRESET') return 'it closes the connection before a certificate is sent (ECONNRESET)';
  if (tlsCodes.test(code)) return `it answers, but there is no TLS connection (${code})`;
  return `the connection failed (${code})`;
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
