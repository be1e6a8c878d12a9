import { isThisMachine } from '../../../../src/net/this-machine.ts';

/**
 * The scheme, host and port that an entry of `api_hosts` names: `hr.example.org` is https and port 443. `http:` is for this machine
 * alone. undefined: it names no such place.
 */
export function originOf(entry: string): string | undefined {
  const bareIpv6 = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*$/i.test(entry);
  const host = bareIpv6 ? `[${entry}]` : entry;
  const address = /^https?:\/\//i.test(host) ? host : `https://${host}`;
  if (/[\s*\\]/.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  // A user, a path or parameters would bind it to less than is meant.
  if (url.href !== `${url.origin}/`) return undefined;
  return url.protocol === 'https:' || isThisMachine(url) ? url.origin : undefined;
}

/** How a person writes that place. */
export function entryFor({ protocol, host, origin }: URL): string {
  return protocol === 'https:' ? host : origin;
}
