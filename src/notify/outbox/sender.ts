import type { DiscordChannel } from '../channels/discord.ts';
import type { SlackChannel } from '../channels/slack.ts';
import { isSlackWebhook, type WebhookChannel } from '../channels/webhook.ts';
import type { DeliveryOutcome, MailAddress, OutgoingMail, OutgoingPost } from '../delivery/outcome.ts';
import type { Channel } from '../notifier.ts';
import type { Rendered, RenderForm } from '../templates/render-protocol.ts';
import { breakerKey, type DestinationAddress } from './breaker.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import type { MessageContent } from './content.ts';

/** The mail server, as the outbox uses it. */
export interface MailChannel {
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<DeliveryOutcome>;
}

/** What messages can be sent through now; undefined: not configured. */
export interface OpenChannels {
  readonly mail: { readonly channel: MailChannel; readonly from: MailAddress } | undefined;
  readonly slack: {
    readonly channel: SlackChannel;
    readonly bot: boolean;
    /** A secret. */
    readonly webhookUrl: string | undefined;
  };
  readonly webhook: { readonly channel: WebhookChannel; readonly url: string | undefined };
  readonly discord: DiscordChannel;
}

/** Where a message goes: how the place is named in the breaker, and the sending itself. `unconfigured`: nowhere, for now. */
export type Route =
  | {
      readonly kind: 'route';
      readonly breakerKey: string;
      /** What is rendered for it. */
      readonly form: RenderForm;
      send(rendered: Rendered, signal: AbortSignal): Promise<DeliveryOutcome>;
    }
  | { readonly kind: 'unconfigured'; readonly channel: Channel };

/** Finds the way of a message, as OpsDeck does: the rule's or event's own address first, then what is configured. */
export function routeOf(channels: OpenChannels, message: ClaimedMessage, content: MessageContent): Route {
  const base = (rendered: Rendered) => ({
    id: message.id,
    subject: rendered.subject,
    attempt: message.attempts,
    possibleRepeat: message.possible_repeat,
    createdAt: message.due_at,
  });
  const post = (rendered: Rendered): OutgoingPost => ({
    ...base(rendered),
    text: rendered.text,
    event: message.event_code,
    communicationId: message.communication_id,
    targetType: content.targetType,
    targetId: content.targetId,
    recipientEmail: content.recipientEmail,
    recipientName: content.recipientName,
  });
  const unconfigured: Route = { kind: 'unconfigured', channel: message.channel };
  const route = (
    address: DestinationAddress,
    form: RenderForm,
    send: (rendered: Rendered, signal: AbortSignal) => Promise<DeliveryOutcome>,
  ): Route => ({ kind: 'route', breakerKey: breakerKey(message.channel, address), form, send });

  switch (message.channel) {
    case 'email': {
      const { mail } = channels;
      const to = content.recipientEmail;
      if (mail === undefined || to === null) return unconfigured;
      return route({ name: to }, 'mail', (rendered, signal) =>
        mail.channel.send(
          {
            ...base(rendered),
            html: rendered.html,
            text: rendered.text,
            from: mail.from,
            to: { name: content.recipientName, address: to },
          },
          signal,
        ),
      );
    }
    case 'slack': {
      const { channel, bot } = channels.slack;
      const own = content.slackWebhookUrl;
      const target = content.slackChannel;
      const person = message.origin === 'opsdeck' ? content.recipientEmail : null;
      const shared = channels.slack.webhookUrl;
      if (own !== null)
        return route({ url: own }, 'mrkdwn', (r, signal) => channel.sendToWebhook(own, post(r), signal));
      if (bot && target !== null) {
        return route({ name: target }, 'mrkdwn', (r, signal) =>
          channel.sendToChannel(target, post(r), signal),
        );
      }
      if (bot && person !== null) {
        return route({ name: person }, 'mrkdwn', (r, signal) =>
          channel.sendToPerson(person, post(r), signal),
        );
      }
      if (shared !== undefined) {
        return route({ url: shared }, 'mrkdwn', (r, signal) =>
          channel.sendToWebhook(shared, post(r), signal),
        );
      }
      return unconfigured;
    }
    case 'webhook': {
      const url = content.webhookUrl ?? channels.webhook.url;
      if (url === undefined) return unconfigured;
      const form = isSlackWebhook(url) ? 'mrkdwn' : 'subject';
      return route({ url }, form, (r, signal) => channels.webhook.channel.send(url, post(r), signal));
    }
    case 'discord': {
      const url = content.discordWebhookUrl;
      if (url === null) return unconfigured;
      return route({ url }, 'chat', (r, signal) => channels.discord.send(url, post(r), signal));
    }
    default:
      return message.channel satisfies never;
  }
}
