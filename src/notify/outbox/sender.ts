import type { NamedDestination } from '../../config/destinations.ts';
import type { DiscordChannel } from '../channels/discord.ts';
import type { SlackChannel } from '../channels/slack.ts';
import { isSlackWebhook, type WebhookChannel } from '../channels/webhook.ts';
import { nameOfDestination } from '../channels.ts';
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
  /** By the name that a message is addressed to, or the code of its event. */
  readonly destinations: ReadonlyMap<string, NamedDestination>;
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

/**
 * Finds the way of a message: of one that is addressed to a configured name that address alone; of others, as in OpsDeck, the rule's
 * or event's own address first, then what is configured for its event, then for all.
 */
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

  const slackWebhook = (url: string) =>
    route({ url }, 'mrkdwn', (r, signal) => channels.slack.channel.sendToWebhook(url, post(r), signal));
  const webhook = (url: string) =>
    route({ url }, isSlackWebhook(url) ? 'mrkdwn' : 'subject', (r, signal) =>
      channels.webhook.channel.send(url, post(r), signal),
    );
  const discord = (url: string) =>
    route({ url }, 'chat', (r, signal) => channels.discord.send(url, post(r), signal));
  const toUrl = (url: string | null | undefined, make: (url: string) => Route): Route =>
    url === undefined || url === null ? unconfigured : make(url);

  const name = nameOfDestination(message.channel, message.destination);
  const configured = channels.destinations.get(name ?? message.event_code);
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
      if (name !== undefined) return toUrl(configured?.slack, slackWebhook);
      const { channel, bot } = channels.slack;
      const target = content.slackChannel;
      const person = message.origin === 'opsdeck' ? content.recipientEmail : null;
      if (content.slackWebhookUrl !== null) return slackWebhook(content.slackWebhookUrl);
      if (bot && target !== null) {
        return route({ name: target }, 'mrkdwn', (r, signal) =>
          channel.sendToChannel(target, post(r), signal),
        );
      }
      if (configured?.slack !== undefined) return slackWebhook(configured.slack);
      if (bot && person !== null) {
        return route({ name: person }, 'mrkdwn', (r, signal) =>
          channel.sendToPerson(person, post(r), signal),
        );
      }
      return toUrl(channels.slack.webhookUrl, slackWebhook);
    }
    case 'webhook':
      if (name !== undefined) return toUrl(configured?.webhook, webhook);
      return toUrl(content.webhookUrl ?? configured?.webhook ?? channels.webhook.url, webhook);
    case 'discord':
      if (name !== undefined) return toUrl(configured?.discord, discord);
      return toUrl(content.discordWebhookUrl ?? configured?.discord, discord);
    default:
      return message.channel satisfies never;
  }
}
