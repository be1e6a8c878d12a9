import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { ChannelRoute, OpenChannel } from './channels/definition.ts';
import type { MessageToSend } from './channels/message.ts';
import type { Channel } from './channels/names.ts';
import { nameOfDestination } from './destination-name.ts';
import type { Destination } from './notifier.ts';

/** What of the row of an event decides about its addresses. */
export interface EventPlaces {
  readonly code: string;
  /** By channel; secrets. */
  readonly addresses: Readonly<Record<string, string | null>>;
}

/** The way that a message of an event takes to a destination, and the name of the address: no secret. */
export interface EventWay {
  readonly route: ChannelRoute;
  /** An e-mail address, `#alerts`, `destinations.NAME`, or a phrase. */
  readonly to: string;
  /** The name of `destinations` that the address comes from. */
  readonly destinationName?: string;
  /** How its address is found. */
  readonly by: 'place' | 'configuration' | 'event';
}

export type WayConfig = Pick<Config, 'destinations' | 'postForms'>;

/** undefined: there is nowhere to send it to. */
export function wayOf(
  open: OpenChannel,
  { code, addresses }: EventPlaces,
  destination: Destination,
  config: WayConfig,
  now: Date,
): EventWay | undefined {
  const { channel } = destination;
  const named = nameOfDestination(channel, destination.destination);
  const name = named ?? code;
  const configured = config.destinations.get(name)?.[channel];
  const address = addresses[channel]?.trim() || null;
  const place = destination.slack_target_channel?.trim().replace(/^#*/, '#') ?? null;
  const message: MessageToSend = {
    id: randomUUID(),
    communicationId: 0,
    origin: 'job',
    event: code,
    run: null,
    notice: null,
    thread: null,
    replyTo: null,
    attempt: 1,
    possibleRepeat: false,
    createdAt: now,
    targetType: 'test',
    targetId: 0,
    recipientEmail: destination.recipient_email,
    recipientName: destination.recipient_name,
    place,
    address,
    configured,
    form: config.postForms.get(name),
    isNamed: named !== undefined,
  };
  const route = open.route(message);
  if (route === undefined) return undefined;
  if ('name' in route.address) return { route, to: route.address.name, by: 'place' };
  const { url } = route.address;
  if (url === configured)
    return { route, to: `destinations.${name}`, destinationName: name, by: 'configuration' };
  if (url === address) return { route, to: "the address in the event's row", by: 'event' };
  return { route, to: sharedAddress, by: 'configuration' };
}

const sharedAddress = 'the address for all events';

/** A channel with an address that any event can use. */
export function hasSharedAddress(open: OpenChannel, channel: Channel, now: Date): boolean {
  const nowhere: Destination = {
    channel,
    destination: channel,
    recipient_type: 'channel',
    recipient_email: null,
    recipient_name: null,
    recipient_user_id: null,
    slack_target_channel: null,
  };
  const way = wayOf(
    open,
    { code: '', addresses: {} },
    nowhere,
    { destinations: new Map(), postForms: new Map() },
    now,
  );
  return way?.to === sharedAddress;
}
