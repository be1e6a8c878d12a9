import { z } from 'zod';
import { channels } from '../../src/notify/channels/lookup.ts';
import type { Channel } from '../../src/notify/channels/names.ts';
import type { Json } from '../../src/text/json.ts';

const counts = z.partialRecord(z.enum(channels), z.number()).catch({});

/** What of a stored result tells which channels work; a run that was killed has none. */
const stored = z
  .object({
    sent_by: counts,
    failed_by: counts,
    unconfigured: counts,
    away: z.array(z.object({ channel: z.string() })).catch([]),
    mail_lacks: z.string().nullable().catch(null),
  })
  .catch({ sent_by: {}, failed_by: {}, unconfigured: {}, away: [], mail_lacks: null });

/** The channels through which something went out. */
export function workingChannels(result: Json): readonly Channel[] {
  const { sent_by } = stored.parse(result);
  return channels.filter((channel) => (sent_by[channel] ?? 0) > 0);
}

/** The channels that are away or not configured, and those in which everything failed that was tried. */
export function failedChannels(result: Json): readonly Channel[] {
  const { sent_by, failed_by, unconfigured, away, mail_lacks } = stored.parse(result);
  return channels.filter((channel) => {
    if (away.some((one) => one.channel === channel)) return true;
    if ((unconfigured[channel] ?? 0) > 0 || (channel === 'email' && mail_lacks !== null)) return true;
    return (failed_by[channel] ?? 0) > 0 && (sent_by[channel] ?? 0) === 0;
  });
}
