import type { ChannelDefinition } from '../definition.ts';

/** Microsoft Teams, by webhooks of Workflows. Nothing in Teams recognises a repeat. */
export const teams = {
  name: 'teams',
  label: 'Microsoft Teams',
  addressee: 'shared',
  oneServer: false,
  whenInDoubt: 'ask',
  atOnce: { all: 20, each: 1, doubt: 40 },
  // A flow is throttled as a whole; Teams takes four messages a second.
  pacing: { intervalMs: 1000, longestWaitMs: 30_000 },
  named: { recipient: 'teams', key: 'teams_webhook_url' },
  settings: {
    webhookUrl: {
      variable: 'OPSDECK_JOBS_TEAMS_WEBHOOK_URL',
      kind: 'web_address',
      secret: true,
      about: 'Workflows webhook of Microsoft Teams for messages that have no other Teams address.',
      routes: true,
    },
  },
  open: async (values, surroundings) => (await import('./open.ts')).openTeams(values, surroundings),
} as const satisfies ChannelDefinition;
