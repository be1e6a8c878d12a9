import { isUnreadable } from '../../db/errors.ts';
import { connectChannels } from '../../notify/channels/connect-channels.ts';
import { definitionOf } from '../../notify/channels/lookup.ts';
import { overviewOf, readStoredEvents, type UnusedDestination } from '../../notify/event-overview.ts';
import type { Session } from '../session.ts';
import { eventsOf } from './find-event.ts';

/**
 * Addresses that are configured and that no event sends to: one statement, and none where no destination is named. null: the events
 * cannot be read.
 */
export async function readUnusedDestinations({
  database,
  config,
  jobs,
}: Session): Promise<readonly UnusedDestination[] | null> {
  if (config.destinations.size === 0) return [];
  const now = database.clock.now();
  const channels = await connectChannels(config, database.clock);
  try {
    const stored = await readStoredEvents(database.db);
    return overviewOf(eventsOf(jobs), stored, channels.byName, config, now).unused;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return null;
  } finally {
    await channels.close();
  }
}

/** `destinations.ops (Slack)`; the address for all events: `Slack`. */
export function unusedName({ channel, name }: UnusedDestination): string {
  const { label } = definitionOf(channel);
  return name === null ? label : `destinations.${name} (${label})`;
}
