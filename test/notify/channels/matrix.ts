import type { ChannelDefinition } from '../../../src/notify/channels/definition.ts';
import { outcomeOfFault, outcomeOfStatus } from '../../../src/notify/channels/http-outcome.ts';

/** A channel as somebody might add one: all that the program knows of it. */
export const matrix = {
  name: 'matrix',
  label: 'Matrix',
  addressee: 'shared',
  oneServer: false,
  whenInDoubt: 'ask',
  atOnce: { all: 20, each: 1, doubt: 40 },
  named: { recipient: 'matrix', key: 'matrix_webhook_url' },
  settings: {
    url: {
      variable: 'OPSDECK_JOBS_MATRIX_URL',
      kind: 'web_address',
      secret: true,
      about: 'Webhook of a Matrix channel.',
      routes: true,
    },
    greeting: {
      variable: 'OPSDECK_JOBS_MATRIX_GREETING',
      kind: 'text',
      secret: false,
      path: ['matrix', 'greeting'],
      about: 'What each message begins with.',
      fallback: 'Hello',
    },
  },
  open: async ({ url: forAll, greeting }, { http, now }) => ({
    ready: true,
    reach: { all: forAll !== undefined, places: false, people: false },
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
            ? outcomeOfFault('Matrix', answer)
            : outcomeOfStatus('Matrix', answer, now());
        },
      };
    },
  }),
} as const satisfies ChannelDefinition;
