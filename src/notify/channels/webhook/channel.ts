import type { ChannelDefinition } from '../definition.ts';

/** A webhook of anybody. Its receiver knows a repeat by its id. */
export const webhook = {
  name: 'webhook',
  label: 'webhook',
  addressee: 'shared',
  oneServer: false,
  whenInDoubt: 'again',
  atOnce: { all: 192, each: 48, doubt: 192 },
  named: { recipient: 'webhook', key: 'webhook_url', takesForm: true },
  addressColumns: { rule: 'webhook_url', event: 'webhook_url' },
  settings: {
    url: {
      variable: 'WEBHOOK_URL',
      kind: 'web_address',
      secret: true,
      about: 'Webhook for messages that have no other webhook address.',
      routes: true,
    },
    signingSecret: {
      variable: 'OPSDECK_JOBS_WEBHOOK_SECRET',
      kind: 'signing_secret',
      secret: true,
      about: 'Signs webhooks, as Standard Webhooks does. Default: webhooks are not signed.',
    },
  },
  open: async (values, surroundings) => (await import('./open.ts')).openWebhook(values, surroundings),
} as const satisfies ChannelDefinition;
