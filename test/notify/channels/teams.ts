import type { ChannelDefinition } from '../../../src/notify/channels/definition.ts';
import { outcomeOfFault, outcomeOfStatus } from '../../../src/notify/channels/http-outcome.ts';

/** A channel as somebody might add one: all that the program knows of it. */
export const teams = {
  name: 'teams',
  label: 'Teams',
  addressee: 'shared',
  oneServer: false,
  whenInDoubt: 'ask',
  atOnce: { all: 20, each: 1, doubt: 40 },
  named: { recipient: 'teams', key: 'teams_webhook_url' },
  settings: {
    url: {
      variable: 'OPSDECK_JOBS_TEAMS_URL',
      kind: 'web_address',
      secret: true,
      about: 'Webhook of a Teams channel.',
      routes: true,
    },
    greeting: {
      variable: 'OPSDECK_JOBS_TEAMS_GREETING',
      kind: 'text',
      secret: false,
      path: ['teams', 'greeting'],
      about: 'What each message begins with.',
      fallback: 'Hello',
    },
  },
  open: async ({ url: forAll, greeting }, { http, now }) => ({
    ready: true,
    route: ({ configured = forAll }) => {
      if (configured === undefined) return undefined;
      const url = String(configured);
      return {
        address: { url },
        form: 'chat',
        send: async ({ subject, text }, signal) => {
          const body = JSON.stringify({ text: `${greeting}: ${subject} ${text}` });
          const answer = await http.post({ url, headers: {}, body, signal });
          return answer.kind === 'fault'
            ? outcomeOfFault('Teams', answer)
            : outcomeOfStatus('Teams', answer, now());
        },
      };
    },
  }),
} as const satisfies ChannelDefinition;
