import { createHmac } from 'node:crypto';
import type { HttpClient } from '../../../net/http-client.ts';
import type { DeliveryOutcome, OutgoingPost } from '../../delivery/outcome.ts';
import { outcomeOfFault, outcomeOfStatus } from '../http-outcome.ts';
import type { PostForm } from '../message.ts';
import type { SlackChannel } from '../slack/slack.ts';
import { webhookPayload } from './payload.ts';

/*
 * A webhook of anybody: OpsDeck's payload with data (payload.ts), or the body of its destination, and with a secret the headers and the signature of Standard Webhooks
 * (https://www.standardwebhooks.com). Id and body are the same on every attempt, so that a receiver can drop repeats; the
 * timestamp of the signature is the attempt's, so that a receiver can refuse old ones.
 */

export interface WebhookOptions {
  readonly http: HttpClient;
  /** For addresses of Slack, which understands only its own payload. */
  readonly slack: SlackChannel;
  readonly now: () => Date;
  /** Signs what is sent; undefined: unsigned. Of `readSigningKey`. */
  readonly signingKey?: Uint8Array;
}

export interface WebhookChannel {
  /** @param form of the destination; its body is the text of the post. */
  send(url: string, post: OutgoingPost, form: PostForm, signal?: AbortSignal): Promise<DeliveryOutcome>;
}

const slackHosts = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);

export function createWebhook({ http, slack, now, signingKey }: WebhookOptions): WebhookChannel {
  return {
    send: async (url, post, form, signal) => {
      if (getsSlackPayload(url, form)) return slack.sendToWebhook(url, post, signal);
      const body = form.body === undefined ? JSON.stringify(webhookPayload(post)) : post.text;
      const answer = await http.post({
        url,
        headers: {
          'content-type': 'application/json',
          ...form.headers,
          ...identity(post.id, body, now(), signingKey),
        },
        body,
        ...(signal === undefined ? {} : { signal }),
      });
      if (answer.kind === 'fault') return outcomeOfFault('the webhook', answer);
      return outcomeOfStatus('the webhook', answer, now());
    },
  };
}

/** An address of Slack gets Slack's payload, unless its destination has a body of its own. */
export function getsSlackPayload(url: string, form: PostForm): boolean {
  return form.body === undefined && URL.canParse(url) && slackHosts.has(new URL(url).hostname);
}

function identity(
  id: string,
  body: string,
  now: Date,
  key: Uint8Array | undefined,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (key === undefined) return headers;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
