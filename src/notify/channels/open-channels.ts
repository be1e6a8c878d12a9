import type { ChannelSurroundings, ChannelValues, OpenChannel } from './definition.ts';
import { channels, definitionOf } from './lookup.ts';
import type { Channel } from './names.ts';
import { createPace, type Pace } from './pace.ts';

/** Every channel, open; one that is not configured has no way for its messages. */
export async function openChannels(
  config: { readonly channels: Readonly<Record<string, ChannelValues>> },
  surroundings: ChannelSurroundings,
): Promise<ReadonlyMap<Channel, OpenChannel>> {
  const open = channels.map(async (channel): Promise<[Channel, OpenChannel]> => {
    const values = config.channels[channel] ?? {};
    return [channel, await definitionOf(channel).open(values, surroundings)];
  });
  return new Map(await Promise.all(open));
}

/** The pace of each channel that has one, for whoever posts through it. */
export function paces(): ChannelSurroundings['paceOf'] {
  const known = new Map<string, Pace>();
  for (const channel of channels) {
    const { pacing } = definitionOf(channel);
    if (pacing !== undefined) known.set(channel, createPace(pacing));
  }
  return (channel) => {
    const pace = known.get(channel);
    if (pace === undefined) throw new Error(`the channel ${channel} has no pacing`);
    return pace;
  };
}
