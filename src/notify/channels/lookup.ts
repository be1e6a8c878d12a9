import type { ChannelDefinition } from './definition.ts';
import { channelDefinitions } from './index.ts';
import type { Channel } from './names.ts';

/** Their names. */
export const channels: readonly Channel[] = channelDefinitions.map(({ name }) => name);

const byName: ReadonlyMap<string, ChannelDefinition> = new Map(
  channelDefinitions.map((definition) => [definition.name, definition]),
);

export function definitionOf(channel: Channel): ChannelDefinition {
  const definition = byName.get(channel);
  if (definition === undefined) throw new Error(`there is no channel ${channel}`);
  return definition;
}

/** The names of those for which something is so. */
export function channelsWhere(isSo: (definition: ChannelDefinition) => boolean): readonly Channel[] {
  return channels.filter((channel) => isSo(definitionOf(channel)));
}

/** The names as words of a sentence: `e-mail, Slack, webhook, Discord and Microsoft Teams`. */
export function channelLabels(): string {
  return new Intl.ListFormat('en-GB').format(channelDefinitions.map(({ label }) => label));
}
