import type { ChannelDefinition } from '../definition.ts';

/** By webhooks of its channels. Nothing in Discord recognises a repeat. */
export const discord = {
  name: 'discord',
  label: 'Discord',
  addressee: 'shared',
  oneServer: false,
  whenInDoubt: 'ask',
  atOnce: { all: 20, each: 1, doubt: 40 },
  // Discord itself says when to pause.
  pacing: { intervalMs: 0, longestWaitMs: 10_000 },
  named: { recipient: 'discord', key: 'discord_webhook_url' },
  addressColumns: { rule: 'discord_webhook_url', event: 'discord_webhook_url' },
  settings: {},
  open: async (_values, surroundings) => (await import('./open.ts')).openDiscord(surroundings),
} as const satisfies ChannelDefinition;
