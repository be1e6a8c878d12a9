import { definitionOf } from './channels/lookup.ts';
import type { Channel } from './channels/names.ts';
import type { Destination } from './notifier.ts';

const named = 'destination ';

/** How messages name a destination of the configuration file. */
export function namedDestination(channel: Channel, name: string): string {
  return `${channel}:${named}${name}`;
}

/** The other way round; undefined: it is no destination of the configuration file. */
export function nameOfDestination(channel: Channel, destination: string): string | undefined {
  const start = `${channel}:${named}`;
  return destination.startsWith(start) ? destination.slice(start.length) : undefined;
}

/**
 * A channel that many people read, or a place inside it. Addresses of webhooks are secrets, so they are never part of it.
 *
 * @param place `#alerts` or `alerts`; of a channel that has no places it means nothing.
 */
export function sharedDestination(channel: Channel, place: string | null): Destination {
  const hasPlaces = definitionOf(channel).place !== undefined;
  return {
    channel,
    destination: hasPlaces ? placeName(channel, place?.trim() ?? '') : channel,
    recipient_type: 'channel',
    recipient_email: null,
    recipient_name: null,
    recipient_user_id: null,
    slack_target_channel: hasPlaces ? place : null,
  };
}

function placeName(channel: Channel, place: string): string {
  if (place === '') return `${channel}:webhook`;
  return place.startsWith('#') ? `${channel}:${place}` : `${channel}:#${place}`;
}
