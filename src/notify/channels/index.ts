import type { ChannelDefinition } from './definition.ts';
import { discord } from './discord/channel.ts';
import { email } from './email/channel.ts';
import { slack } from './slack/channel.ts';
import { teams } from './teams/channel.ts';
import { webhook } from './webhook/channel.ts';

/** The channels, in the order in which they are shown. */
export const channelDefinitions = [
  email,
  slack,
  webhook,
  discord,
  teams,
] as const satisfies readonly ChannelDefinition[];
