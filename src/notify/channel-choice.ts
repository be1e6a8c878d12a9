import { z } from 'zod';
import { channels } from './channels/lookup.ts';
import type { Channel } from './channels/names.ts';

/** Where a message of an event goes, read from `notification_event.channels`. */
export interface ChannelChoice {
  readonly channels: readonly Channel[];
  /** What could not be read, as sentences. */
  readonly notes: readonly string[];
}

const channelList = z.array(z.unknown());
const channelName = z.enum(channels);

/**
 * OpsDeck's rule: SQL NULL, JSON null and an empty list mean e-mail. Names that are no channel are left out and named; if
 * nothing else remains it is e-mail again: a slip in a settings page must not silence an alert.
 */
export function readChannels(eventCode: string, stored: unknown): ChannelChoice {
  if (stored === null || stored === undefined) return { channels: ['email'], notes: [] };
  const list = channelList.safeParse(stored);
  if (!list.success) {
    return {
      channels: ['email'],
      notes: [`The channels of event ${eventCode} are not a list: e-mail is used.`],
    };
  }
  const known = new Set<Channel>();
  const unknown: string[] = [];
  for (const entry of list.data) {
    const name = channelName.safeParse(entry);
    if (name.success) known.add(name.data);
    else unknown.push(typeof entry === 'string' ? entry : JSON.stringify(entry));
  }
  const fallback = known.size === 0;
  if (fallback) known.add('email');
  const notes =
    unknown.length === 0
      ? []
      : [
          `Event ${eventCode} names no such channel: ${unknown.join(', ')}` +
            (fallback ? '; e-mail is used.' : '; left out.'),
        ];
  return { channels: [...known], notes };
}
