import { definitionOf } from './channels/lookup.ts';
import type { Channel } from './channels/names.ts';
import { namedDestination, sharedDestination } from './destination-name.ts';
import type { Destination, PersonRecipient } from './notifier.ts';
import { plausibleAddress } from './plausible-address.ts';

/**
 * `notifications.CODE` of the configuration file. Each part goes before what the row of the event, or the job, says; whether the event
 * is sent at all is the row's alone. It is for the messages of jobs: what OpsDeck queued has its channel and address already.
 */
export interface EventRouting {
  readonly channels?: readonly Channel[];
  /** Who gets the mails. */
  readonly recipients?: readonly PersonRecipient[];
  readonly destination?: RoutedDestination;
}

/** Where messages that many people read go: a place inside each channel that has places, or a name of `destinations`. */
export type RoutedDestination =
  | { readonly kind: 'place'; readonly place: string }
  /** `channels`: those for which the name has an address. */
  | { readonly kind: 'named'; readonly name: string; readonly channels: readonly Channel[] };

/** By code of the event. */
export type EventRoutings = ReadonlyMap<string, EventRouting>;

/** As in the configuration file: `role:admin`, `user:7`, `group:3` or an e-mail address; undefined: it is none of these. */
export function readRecipient(text: string): PersonRecipient | undefined {
  const [, kind, value = ''] = /^(role|user|group):\s*(\S.*)$/.exec(text.trim()) ?? [];
  if (kind === undefined) {
    const email = plausibleAddress(text);
    return email === null ? undefined : { kind: 'address', email };
  }
  if (kind === 'role') return { kind, role: value };
  const id = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (id === 0) return undefined;
  return kind === 'user' ? { kind, userId: id } : { kind: 'group', groupId: id };
}

/** A recipient as {@link readRecipient} takes it. */
export function recipientText(recipient: PersonRecipient): string {
  switch (recipient.kind) {
    case 'address':
      return recipient.email;
    case 'role':
      return `role:${recipient.role}`;
    case 'user':
      return `user:${recipient.userId}`;
    case 'group':
      return `group:${recipient.groupId}`;
  }
}

/** Where a message goes through a channel that many people read. `eventPlace`: the place that the row of the event names. */
export function routedDestination(
  channel: Channel,
  routed: RoutedDestination | undefined,
  eventPlace: string | null,
): Destination {
  if (routed?.kind === 'named' && routed.channels.includes(channel)) {
    return { ...sharedDestination(channel, null), destination: namedDestination(channel, routed.name) };
  }
  const hasPlaces = definitionOf(channel).place !== undefined;
  return sharedDestination(channel, routed?.kind === 'place' && hasPlaces ? routed.place : eventPlace);
}
