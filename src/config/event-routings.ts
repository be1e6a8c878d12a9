import { channelsWhere } from '../notify/channels/lookup.ts';
import {
  type EventRouting,
  type EventRoutings,
  type RoutedDestination,
  readRecipient,
  recipientText,
} from '../notify/event-routing.ts';
import type { ConfigFile } from './config-file.ts';
import type { NamedDestination } from './destinations.ts';
import type { EntryList } from './entries.ts';
import type { Problem } from './problem.ts';

/** `notifications` of the configuration file, by code of the event. */
export function readEventRoutings(
  file: ConfigFile,
  destinations: ReadonlyMap<string, NamedDestination>,
  list: EntryList,
  problems: Problem[],
): EventRoutings {
  return new Map(
    Object.entries(file.content.notifications ?? {}).map(([code, given]) => {
      const at = (key: string) => ['notifications', code, key];
      const origin = (key: string) => file.find(at(key))?.origin;
      const { channels, destination: name } = given;
      const recipients = given.recipients?.flatMap((text) => readRecipient(text) ?? []);
      if (channels !== undefined) list.addJobValue(at('channels'), channels, origin('channels'));
      if (recipients !== undefined)
        list.addJobValue(at('recipients'), recipients.map(recipientText), origin('recipients'));
      if (name !== undefined) list.addJobValue(at('destination'), name, origin('destination'));
      const found = name === undefined ? undefined : destinationOf(name, channels, destinations);
      if (typeof found === 'string') {
        problems.push({
          name: at('destination').join('.'),
          origin: origin('destination') ?? '',
          message: found,
          hint: 'add it to destinations, or give a place inside a channel such as #alerts',
        });
      }
      const routing: EventRouting = {
        ...(channels === undefined ? {} : { channels }),
        ...(recipients === undefined ? {} : { recipients }),
        ...(found === undefined || typeof found === 'string' ? {} : { destination: found }),
      };
      return [code, routing];
    }),
  );
}

/** A text: what is wrong. */
function destinationOf(
  name: string,
  chosen: EventRouting['channels'],
  destinations: ReadonlyMap<string, NamedDestination>,
): RoutedDestination | string {
  if (name.startsWith('#')) return { kind: 'place', place: name };
  const addresses = destinations.get(name);
  if (addresses === undefined) return `'${name}' is not in destinations`;
  const channels = channelsWhere((channel) => addresses[channel.name] !== undefined);
  if (chosen !== undefined && !chosen.some((channel) => channels.includes(channel))) {
    return `'${name}' has no address for any of the channels: ${chosen.join(', ')}`;
  }
  return { kind: 'named', name, channels };
}
