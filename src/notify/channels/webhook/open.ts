import { z } from 'zod';
import type { ChannelSurroundings, ChannelValues, OpenChannel } from '../definition.ts';
import { type PostForm, postOf } from '../message.ts';
import { createSlack } from '../slack/slack.ts';
import { webhookPayload } from './payload.ts';
import { readSigningKey } from './signing-key.ts';
import { createWebhook, getsSlackPayload } from './webhook.ts';

const settings = z.strictObject({ url: z.string().optional(), signingSecret: z.string().optional() });

const plainForm: PostForm = { headers: {}, secrets: {} };

/** As in OpsDeck, the rule's or event's own address first, then what is configured for its event, then the one for all. */
export function openWebhook(
  values: ChannelValues,
  { http, now, paceOf }: Pick<ChannelSurroundings, 'http' | 'now' | 'paceOf'>,
): OpenChannel {
  const { url: forAll, signingSecret } = settings.parse(values);
  const signingKey = signingSecret === undefined ? undefined : readSigningKey(signingSecret);
  const slack = createSlack({ http, pace: paceOf('slack'), now });
  const webhook = createWebhook({ http, slack, now, ...(signingKey === undefined ? {} : { signingKey }) });
  return {
    ready: true,
    reach: { all: forAll !== undefined, places: false, people: false },
    route: (message) => {
      const { isNamed, configured, address } = message;
      const url = isNamed ? configured : (address ?? configured ?? forAll);
      if (url === undefined) return undefined;
      const form = (url === configured ? message.form : undefined) ?? plainForm;
      const { body: template, secrets } = form;
      return {
        address: { url },
        form: getsSlackPayload(url, form) && message.notice === null ? 'mrkdwn' : 'subject',
        ...(template === undefined
          ? {}
          : {
              body: {
                template,
                isJson: /json/.test(form.headers['content-type'] ?? 'json'),
                variables: (rendered) => ({ ...webhookPayload(postOf(message, rendered)), secrets }),
              },
            }),
        send: (rendered, signal) => webhook.send(url, postOf(message, rendered), form, signal),
      };
    },
  };
}
