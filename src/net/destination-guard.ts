import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/*
 * Which addresses a message may be sent to. URLs of webhooks are typed into pages of OpsDeck: without this, whoever may
 * edit one could make this host ask its cloud's metadata service or a machine behind the firewall. The check is on what a
 * name resolves to at the moment of connecting, because a name may answer differently each time.
 */

/** The connection was not made. Its message names neither the host nor the address. */
export class DestinationRefused extends Error {
  override readonly name = 'DestinationRefused';
}

/** May be allowed by the operator. Everything else that is not plain unicast is refused always. */
const internalRanges = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/** Metadata services of clouds outside the link-local range: all that Amazon keeps for its own (IPv6), Google (IPv6), Alibaba, Azure. */
const metadata = ['fd00:ec2::/32', 'fd20:ce::254/128', '100.100.100.200/32', '168.63.129.16/32'].map(
  (range) => ipaddr.parseCIDR(range),
);

/** undefined: may be connected to; otherwise why not. */
export function refusalOf(address: string, allowInternal: boolean): string | undefined {
  if (!ipaddr.isValid(address)) return 'its address cannot be read';
  const parsed = withoutWrapping(ipaddr.parse(address));
  const range = parsed.range();
  if (metadata.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match([base, bits])))
    return 'it is a metadata service of a cloud';
  if (range === 'unicast') return undefined;
  if (!internalRanges.has(range)) return `its address is ${described(range)}`;
  return allowInternal ? undefined : `its address is ${described(range)}, which is not allowed`;
}

/** Networks in CIDR notation. */
export type Networks = readonly string[];

export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

/** Is the address, or the IPv4 address that it stands for, in one of the networks? */
export function isWithin(address: string, networks: Networks): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = withoutWrapping(ipaddr.parse(address));
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === parsed.kind() && parsed.match([base, bits]);
  });
}

/** Names that no public name server has, and those of metadata services. */
const internalName = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa)$/;
const metadataName = /^(?:metadata|instance-data)(?:\.|$)/;

/**
 * What can be judged of a host that a proxy connects to, which alone looks the name up: addresses as they are written, and names that
 * are of this host or of a private network. A public name that leads to a private address cannot be recognised.
 */
export function refusalOfHost({ hostname }: URL, allowInternal: boolean): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (ipaddr.isValid(host)) return refusalOf(host, allowInternal);
  if (metadataName.test(host)) return 'its name is that of a metadata service of a cloud';
  if (allowInternal) return undefined;
  return internalName.test(host) || !host.includes('.')
    ? 'its name is of a private network, which is not allowed'
    : undefined;
}

/**
 * The IPv4 address that an IPv6 one stands for: mapped (::ffff:0:0/96), compatible (::/96) or NAT64 (64:ff9b::/96). Other
 * forms that carry one (6to4, Teredo, local NAT64) are refused by their range.
 */
function withoutWrapping(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const range = address.range();
  const bytes = address.toByteArray();
  const prefix = range === 'rfc6052' ? bytes.slice(4, 12) : bytes.slice(0, 12);
  const wraps = prefix.every((byte) => byte === 0) && range !== 'loopback' && range !== 'unspecified';
  return wraps ? new ipaddr.IPv4(bytes.slice(12)) : address;
}

function described(range: string): string {
  switch (range) {
    case 'linkLocal':
      return 'link-local';
    case 'loopback':
      return 'of this host';
    case 'private':
    case 'uniqueLocal':
    case 'carrierGradeNat':
      return 'of a private network';
    default:
      return 'not a public one';
  }
}

/** A look-up for sockets that passes on only addresses that may be connected to, and fails if none is left. */
export function guardedLookup(lookup: LookupFunction, allowInternal: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const all = typeof found === 'string' ? [] : (found ?? []);
      if (error !== null) return callback(error, '', 4);
      const allowed = all.filter(({ address }) => refusalOf(address, allowInternal) === undefined);
      const [first] = allowed;
      if (first === undefined) {
        callback(new DestinationRefused(refusalOf(all[0]?.address ?? '', allowInternal)), '', 4);
      } else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
