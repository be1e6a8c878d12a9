import type { Config } from '../../config/config.ts';
import { mailLacks } from './email/mail-sender.ts';
import { channels, definitionOf } from './lookup.ts';
import type { Channel } from './names.ts';

/** The channels that a configuration sends through to the real recipients; a channel only with addresses of OpsDeck's rows is not among them. */
export function sendsThrough(
  config: Pick<Config, 'delivery' | 'switchedOff' | 'channels' | 'destinations'>,
): readonly Channel[] {
  const { delivery, switchedOff, destinations } = config;
  if (delivery.kind !== 'live') return [];
  return channels.filter((channel) => {
    if (switchedOff.includes(channel)) return false;
    if (definitionOf(channel).oneServer) return mailLacks(config) === null;
    const isConfigured = Object.keys(config.channels[channel] ?? {}).length > 0;
    return isConfigured || [...destinations.values()].some((named) => named[channel] !== undefined);
  });
}
