import { connectChannels } from '../../notify/channels/connect-channels.ts';
import { definitionOf } from '../../notify/channels/lookup.ts';
import { overviewOf, readStoredEvents, type UnusedDestination } from '../../notify/event-overview.ts';
import { eventsOf } from '../runs/find-event.ts';
import type { Session } from '../session.ts';

/** Addresses that are configured and that no event sends to: at most one statement, none where only e-mail is configured. */
export async function readUnusedDestinations({
  database,
  config,
  jobs,
}: Session): Promise<readonly UnusedDestination[]> {
  const shared = Object.keys(config.channels).filter((name) => name !== 'email');
  if (config.destinations.size === 0 && shared.length === 0) return [];
  const now = database.clock.now();
  const channels = await connectChannels(config, database.clock);
  try {
    const stored = await readStoredEvents(database.db);
    return overviewOf(eventsOf(jobs), stored, channels.byName, config, now).unused;
  } finally {
    await channels.close();
  }
}

/** `destinations.ops (Slack)`; the address for all events: `Slack`. */
export function unusedName({ channel, name }: UnusedDestination): string {
  const { label } = definitionOf(channel);
  return name === null ? label : `destinations.${name} (${label})`;
}
