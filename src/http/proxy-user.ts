import ipaddr from 'ipaddr.js';
import { isTrusted, type PagesProxy } from '../config/pages-settings.ts';

/** Who reads, as a reverse proxy names them; or why its header does not count. */
export type ProxyUser =
  | { readonly kind: 'absent' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ProxiedRequest {
  /** Of the other end of the connection, whatever the request says of others. */
  readonly address: string | undefined;
  /** Names and values in turn, as they arrived. */
  readonly rawHeaders: readonly string[];
  /** Asked under a name of this machine: a foreign page under its own name could set any header. */
  readonly ownName: boolean;
}

const mostCharacters = 200;

/** Pure. What is ambiguous is refused, never guessed. */
export function readProxyUser(
  { userHeader, trustedProxies }: PagesProxy,
  { address, rawHeaders, ownName }: ProxiedRequest,
): ProxyUser {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === userHeader,
  );
  const [value] = values;
  if (value === undefined) return { kind: 'absent' };
  const refused = (reason: string) => ({ kind: 'refused', reason }) as const;
  if (address === undefined || !isTrusted(address, trustedProxies)) {
    return refused(`the header ${userHeader} counts only from pages.trusted_proxies`);
  }
  if (!ownName)
    return refused(`with the header ${userHeader} the proxy must ask for localhost or an address`);
  if (values.length > 1) return refused(`the header ${userHeader} is there more than once`);
  const name = asText(value).trim();
  if (name === '') return refused(`the header ${userHeader} is empty`);
  if (name.includes(',')) return refused(`the header ${userHeader} has several values`);
  if (name.length > mostCharacters || /[\p{Cc}\p{Cf}]/u.test(name)) {
    return refused(`the header ${userHeader} is no name`);
  }
  return { kind: 'named', name };
}

/** Names outside ASCII arrive as the bytes of UTF-8, one character a byte. */
function asText(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : value;
}

/** An address, which no foreign site can have as its name. */
export function isAddressHost(header: string): boolean {
  const name = /^\[([^[\]]+)\](?::\d+)?$|^([^[\]:]+)(?::\d+)?$/.exec(header);
  return ipaddr.isValid(name?.[1] ?? name?.[2] ?? '');
}
