import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import type { ListenAddress } from '../config/config.ts';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';

/** For people and URLs: IPv6 in brackets. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** True for 127.0.0.0/8 and ::1, also where IPv6 carries the former. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/**
 * The IP address to bind. It is looked up once and bound as found: a name that led to a loopback address when it was checked
 * cannot lead elsewhere afterwards.
 *
 * @throws OperatorError `listen_needs_token` where others than this machine could read the pages and no token is set,
 *   `listen_failed` for a name that is not known (both exit 2).
 */
export async function resolveListenAddress(
  listen: ListenAddress,
  token: string | undefined,
): Promise<ListenAddress> {
  const host = await lookup(listen.host).then(
    ({ address }) => address,
    () => undefined,
  );
  if (host === undefined) {
    throw listenFailed(listen, 'the host name is not known', 'Give the IP address of this machine.');
  }
  if (token === undefined && !isLoopback(host)) {
    throw usage(
      `The pages would be open to the network at ${formatListenAddress(listen)}, and no token is set.`,
      'Set OPSDECK_JOBS_LISTEN_TOKEN (or _FILE), or listen on 127.0.0.1.',
      'listen_needs_token',
    );
  }
  return { host, port: listen.port };
}

/** The error for an address that cannot be listened on. */
export function listenFailed(listen: ListenAddress, reason: string, next: string): OperatorError {
  return usage(`Cannot listen on ${formatListenAddress(listen)}: ${reason}.`, next, 'listen_failed');
}
