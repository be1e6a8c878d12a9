import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** A reverse proxy that signs people in, and names them in a header. */
export interface PagesProxy {
  /** In lower case. */
  readonly userHeader: string;
  /** Addresses and networks (CIDR) from which the header counts. */
  readonly trustedProxies: readonly string[];
}

/** What browsers or other proxies set by themselves names no person. */
const standardHeaders =
  /^(?:host|cookie|authorization|connection|date|dnt|expect|forwarded|from|keep-alive|origin|pragma|cache-control|priority|range|referer|te|trailer|transfer-encoding|upgrade.*|user-agent|via|x-forwarded-(?:for|host|port|proto)|x-real-ip|x-requested-with|(?:accept|access-control|content|if|proxy|sec)(?:-.*)?)$/i;

const userHeader = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, {
    error: 'is not the name of a header; give letters, digits and hyphens, such as X-Remote-User',
  })
  .refine((name) => !standardHeaders.test(name), {
    error:
      'is a header that callers send by themselves; give one that only the proxy sets, such as X-Remote-User',
  });

const trustedProxy = z.string().superRefine((text, context) => {
  const message = problemOfNetwork(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function problemOfNetwork(text: string): string | undefined {
  const network = networkOf(text);
  if (network === undefined) return 'is no address or network; give one such as 127.0.0.1 or 10.0.0.0/24';
  const [address, bits] = network;
  if (bits === 0) return 'is every address; give those of the proxies';
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? 'is an IPv4 address written as IPv6; give it as IPv4'
    : undefined;
}

function networkOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (!/^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/.test(text)) return undefined;
  if (!text.includes('/') && isAddress(text)) {
    const address = ipaddr.parse(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}

/** IPv4 in four parts alone: other ways to write it mean different things to different programs. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

export const pagesSettings = z
  .strictObject({
    user_header: userHeader.describe(
      'Header in which a reverse proxy names who signed in with it, such as X-Remote-User. Counts only from trusted_proxies.',
    ),
    trusted_proxies: z
      .array(trustedProxy)
      .min(1)
      .max(100)
      .describe('Addresses and networks of those proxies, such as 127.0.0.1 or 10.0.0.0/24.'),
  })
  .describe('Who reads the pages of a daemon, where a reverse proxy signs people in.');

/** Is it the address of one of them? IPv4 that arrives as IPv6 is IPv4. */
export function isTrusted(address: string, trusted: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const peer = ipaddr.process(address);
  return trusted.some((text) => {
    const network = networkOf(text);
    return network !== undefined && peer.kind() === network[0].kind() && peer.match(network);
  });
}
