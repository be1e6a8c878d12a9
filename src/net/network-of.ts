import { lookup } from 'node:dns';
import type { Config } from '../config/config.ts';
import type { GuardOptions } from './guarded-connector.ts';

/** What of a configuration decides where requests may go, and which way. Plain data: a thread can be given it. */
export type NetworkSettings = Pick<Config, 'allowPrivateDestinations' | 'httpProxies'>;

/** The network as it is configured. */
export function networkOf(settings: NetworkSettings): GuardOptions {
  return { allowInternal: settings.allowPrivateDestinations, proxies: settings.httpProxies, lookup };
}
