import type { ChannelDefinition } from '../definition.ts';

/** By incoming webhooks, or by a bot to channels and people. Nothing in Slack recognises a repeat. */
export const slack = {
  name: 'slack',
  label: 'Slack',
  addressee: 'shared',
  oneServer: false,
  whenInDoubt: 'ask',
  atOnce: { all: 20, each: 1, doubt: 40 },
  // One message a second to a channel; a job that sends many waits for its turns.
  pacing: { intervalMs: 1000, longestWaitMs: 30_000 },
  place: { recipient: 'slack_channel' },
  named: { recipient: 'slack_webhook', key: 'slack_webhook_url' },
  addressColumns: { rule: 'slack_webhook_url' },
  settings: {
    botToken: {
      variable: 'SLACK_BOT_TOKEN',
      kind: 'text',
      secret: true,
      about: 'Token of a Slack bot, which posts to the channels that messages name.',
    },
    webhookUrl: {
      variable: 'OPSDECK_JOBS_SLACK_WEBHOOK_URL',
      kind: 'web_address',
      secret: true,
      about: 'Slack webhook for messages that have no other Slack address.',
      routes: true,
    },
  },
  open: async (values, surroundings) => (await import('./open.ts')).openSlack(values, surroundings),
} as const satisfies ChannelDefinition;
