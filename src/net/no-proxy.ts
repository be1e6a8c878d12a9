import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/*
 * NO_PROXY: names and addresses, separated by commas or spaces, that are asked without a proxy. There is no standard; this is what
 * curl and Go have in common.
 *
 * | entry                        | applies to                                     |
 * | `*`                          | every host                                     |
 * | `example.org`                | that name, and every name that ends in it      |
 * | `.example.org`, `*.example.org` | the same                                    |
 * | `192.0.2.1`, `[2001:db8::1]` | that address, where the URL has an address     |
 * | `10.0.0.0/8`                 | every address of that network, likewise        |
 * | `example.org:8443`           | that port alone                                |
 */

/** `host` as a URL has it; addresses without brackets. */
export function isExcepted(noProxy: string, host: string, port: number): boolean {
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => entry !== '' && applies(entry, host.replace(/\.$/, ''), port));
}

function applies(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry);
  // An IPv6 address without brackets has no port.
  const name = match?.[1] ?? match?.[2] ?? entry;
  if (match?.[3] !== undefined && Number(match[3]) !== port) return false;
  if (isIP(host) !== 0) return isInNetwork(host, name);
  const suffix = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

function isInNetwork(host: string, name: string): boolean {
  const address = ipaddr.process(host);
  if (isIP(name) !== 0) return ipaddr.process(name).toString() === address.toString();
  if (!ipaddr.isValidCIDR(name)) return false;
  const [base, bits] = ipaddr.parseCIDR(name);
  return base.kind() === address.kind() && address.match([base, bits]);
}
