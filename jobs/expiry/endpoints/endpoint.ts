import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** A place on the network that serves a certificate. */
export interface Endpoint {
  /** As it is stored and shown: `www.example.org:443`, `smtp+starttls:mail.example.org:25`, `[2001:db8::1]:443`. */
  readonly text: string;
  /** A name in ASCII, in small letters and without a dot at the end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly startTls: boolean;
}

const startTlsPrefix = 'smtp+starttls:';

/** Reads `host:port` or `smtp+starttls:host:port`; `problem`: why it is none, as a phrase. */
export function readEndpoint(typed: string): Endpoint | { readonly problem: string } {
  const trimmed = typed.trim();
  const startTls = trimmed.toLowerCase().startsWith(startTlsPrefix);
  const rest = startTls ? trimmed.slice(startTlsPrefix.length).replace(/^\/\//, '') : trimmed;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(rest)) {
    return { problem: `begins with ${rest.slice(0, rest.indexOf('//'))}, which is not read: give HOST:PORT` };
  }
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d+)$/.exec(rest) ?? [];
  const named = bracketed ?? plain;
  if (named === undefined) {
    return isIP(rest) === 6
      ? { problem: `is an IPv6 address: give it as [${rest}]:443` }
      : { problem: 'is not HOST:PORT' };
  }
  const port = Number(digits);
  if (port < 1 || port > 65_535) return { problem: `has the port ${digits}, which is not from 1 to 65535` };
  const host = hostOf(named, bracketed !== undefined);
  if (host === null) return { problem: `has no host that can be asked: '${named}'` };
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  return { text: `${startTls ? startTlsPrefix : ''}${shown}:${port}`, host, port, startTls };
}

function hostOf(named: string, bracketed: boolean): string | null {
  if (bracketed) return isIP(named) === 6 && !named.includes('%') ? named.toLowerCase() : null;
  if (isIP(named) === 4) return named;
  const host = domainToASCII(named.replace(/\.$/, '')).toLowerCase();
  const isName =
    host.length <= 253 && /^[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(host);
  return isName ? host : null;
}
