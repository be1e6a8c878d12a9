import { z } from 'zod';
import { noticeWithRows } from '../../forms/chat-rows.ts';
import type { ChannelSurroundings, ChannelValues, OpenChannel } from '../definition.ts';
import { postOf } from '../message.ts';
import { createTeams } from './teams.ts';

const settings = z.strictObject({ webhookUrl: z.string().optional() });

/** What is configured for the event or the name first, then the one for all. OpsDeck has no address of Teams. */
export function openTeams(values: ChannelValues, { http, now, paceOf }: ChannelSurroundings): OpenChannel {
  const { webhookUrl } = settings.parse(values);
  const teams = createTeams({ http, pace: paceOf('teams'), now });
  return {
    ready: true,
    reach: { all: webhookUrl !== undefined, places: false, people: false },
    route: (message) => {
      const url = message.isNamed ? message.configured : (message.configured ?? webhookUrl);
      if (url === undefined) return undefined;
      return {
        address: { url },
        form: noticeWithRows(message.notice) === null ? 'lines' : 'subject',
        send: (rendered, signal) => teams.send(url, postOf(message, rendered), signal),
      };
    },
  };
}
