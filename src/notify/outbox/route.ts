import type { NamedDestination } from '../../config/destinations.ts';
import type { ChannelRoute, OpenChannel } from '../channels/definition.ts';
import type { PostForm } from '../channels/message.ts';
import type { Channel } from '../channels/names.ts';
import { nameOfDestination } from '../destination-name.ts';
import { breakerKey } from './breaker.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import type { MessageContent } from './content.ts';

/** What messages can be sent through now. */
export interface OpenChannels {
  readonly byName: ReadonlyMap<Channel, OpenChannel>;
  /** By the name that a message is addressed to, or the code of its event. */
  readonly destinations: ReadonlyMap<string, NamedDestination>;
  /** What is sent to them, by the same name. */
  readonly postForms: ReadonlyMap<string, PostForm>;
}

/** Where a message goes, and how that place is named in the breaker. `unconfigured`: nowhere, for now. */
export type Route =
  | ({ readonly kind: 'route'; readonly breakerKey: string } & Pick<ChannelRoute, 'form' | 'body' | 'send'>)
  | { readonly kind: 'unconfigured' };

/** Finds the way of a message; which of several addresses is taken, its channel decides. */
export function routeOf(channels: OpenChannels, message: ClaimedMessage, content: MessageContent): Route {
  const name = nameOfDestination(message.channel, message.destination);
  const { targetType, targetId, recipientEmail, recipientName, replyTo, place, address, notice, mailThread } =
    content;
  const route = channels.byName.get(message.channel)?.route({
    id: message.id,
    communicationId: message.communication_id,
    origin: message.origin,
    event: message.event_code,
    attempt: message.attempts,
    possibleRepeat: message.possible_repeat,
    createdAt: message.due_at,
    ...{ targetType, targetId, recipientEmail, recipientName, replyTo, place, address, notice },
    thread: mailThread === null ? null : { ...mailThread, key: `${mailThread.key} ${message.destination}` },
    run: message.job === null || message.run_id === null ? null : { job: message.job, id: message.run_id },
    configured: channels.destinations.get(name ?? message.event_code)?.[message.channel],
    form: channels.postForms.get(name ?? message.event_code),
    isNamed: name !== undefined,
  });
  if (route === undefined) return { kind: 'unconfigured' };
  return {
    kind: 'route',
    breakerKey: breakerKey(message.channel, route.address),
    form: route.form,
    ...(route.body === undefined ? {} : { body: route.body }),
    send: route.send,
  };
}
