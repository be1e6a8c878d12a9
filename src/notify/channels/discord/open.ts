import { noticeWithRows } from '../../forms/chat-rows.ts';
import type { ChannelSurroundings, OpenChannel } from '../definition.ts';
import { postOf } from '../message.ts';
import { createDiscord } from './discord.ts';

/** As in OpsDeck, the rule's or event's own address first, then what is configured for its event. */
export function openDiscord({ http, now, paceOf }: ChannelSurroundings): OpenChannel {
  const discord = createDiscord({ http, pace: paceOf('discord'), now });
  return {
    ready: true,
    route: (message) => {
      const { isNamed, configured, address } = message;
      const url = isNamed ? configured : (address ?? configured);
      if (url === undefined) return undefined;
      return {
        address: { url },
        form: noticeWithRows(message.notice) === null ? 'chat' : 'subject',
        send: (rendered, signal) => discord.send(url, postOf(message, rendered), signal),
      };
    },
  };
}
