import type { Config } from '../../config/config.ts';
import { createHttpClient } from '../../net/http-client.ts';
import { networkOf } from '../../net/network-of.ts';
import type { Clock } from '../../time/clock.ts';
import type { OpenChannel } from './definition.ts';
import type { Channel } from './names.ts';
import { openChannels, paces } from './open-channels.ts';

/** The channels with the connections that they share. Nothing connects before it is used. */
export interface ConnectedChannels {
  readonly byName: ReadonlyMap<Channel, OpenChannel>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export async function connectChannels(config: Config, clock: Clock): Promise<ConnectedChannels> {
  const http = createHttpClient(networkOf(config));
  const byName = await openChannels(config, { http, now: () => clock.now(), paceOf: paces() });
  return {
    byName,
    close: async () => {
      for (const channel of byName.values()) channel.close?.();
      await http.close();
    },
  };
}
