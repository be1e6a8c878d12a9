import { z } from 'zod';
import { noticeWithRows } from '../../forms/chat-rows.ts';
import type { ChannelRoute, ChannelSurroundings, ChannelValues, OpenChannel } from '../definition.ts';
import { type MessageToSend, postOf } from '../message.ts';
import { createSlack, type SlackChannel } from './slack.ts';

const settings = z.strictObject({ botToken: z.string().optional(), webhookUrl: z.string().optional() });

/**
 * As in OpsDeck, the rule's own address first, then the bot to the channel that is named, what is configured for the event, the bot
 * to the person, and last the one webhook for all.
 */
export function openSlack(
  values: ChannelValues,
  { http, now, paceOf }: Pick<ChannelSurroundings, 'http' | 'now' | 'paceOf'>,
): OpenChannel {
  const { botToken, webhookUrl } = settings.parse(values);
  const slack = createSlack({
    http,
    pace: paceOf('slack'),
    now,
    ...(botToken === undefined ? {} : { botToken }),
  });
  return {
    ready: true,
    reach: {
      all: webhookUrl !== undefined,
      places: botToken !== undefined,
      people: botToken !== undefined,
    },
    ...(botToken === undefined ? {} : { check: (signal: AbortSignal) => slack.check(signal) }),
    route: (message) => {
      const { isNamed, configured, address, place, origin, recipientEmail } = message;
      const byWebhook = (url: string | undefined) => webhookRoute(slack, url, message);
      if (isNamed) return byWebhook(configured);
      if (address !== null) return byWebhook(address);
      const bot = botToken !== undefined;
      if (bot && place !== null) {
        return byBot(place, (post, signal) => slack.sendToChannel(place, post, signal), message);
      }
      if (configured !== undefined) return byWebhook(configured);
      if (bot && origin === 'opsdeck' && recipientEmail !== null) {
        return byBot(
          recipientEmail,
          (post, signal) => slack.sendToPerson(recipientEmail, post, signal),
          message,
        );
      }
      return byWebhook(webhookUrl);
    },
  };
}

function byBot(
  name: string,
  send: (post: ReturnType<typeof postOf>, signal: AbortSignal) => ReturnType<ChannelRoute['send']>,
  message: MessageToSend,
): ChannelRoute {
  return {
    address: { name },
    form: noticeWithRows(message.notice) === null ? 'mrkdwn' : 'subject',
    send: (rendered, signal) => send(postOf(message, rendered), signal),
  };
}

function webhookRoute(
  slack: SlackChannel,
  url: string | undefined,
  message: MessageToSend,
): ChannelRoute | undefined {
  if (url === undefined) return undefined;
  return {
    address: { url },
    form: noticeWithRows(message.notice) === null ? 'mrkdwn' : 'subject',
    send: (rendered, signal) => slack.sendToWebhook(url, postOf(message, rendered), signal),
  };
}
