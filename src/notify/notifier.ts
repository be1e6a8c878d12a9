import type { Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { JsonObject } from '../text/json.ts';
import type { Channel, SharedRecipientKind } from './channels/names.ts';
import type { Notice } from './notice.ts';

/** A person, or several, reached by e-mail if the event's row has that channel. */
export type PersonRecipient =
  | { readonly kind: 'user'; readonly userId: number }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'group'; readonly groupId: number }
  | { readonly kind: 'address'; readonly email: string; readonly name?: string };

/**
 * A shared destination gets one message, not one a person, whatever channels the event's row has. Its address is a secret and
 * stands in the configuration file (`destinations`); messages hold its name only.
 */
export interface SharedRecipient {
  /** `slack_channel` names a channel that the bot posts to (`#alerts`); the others an entry of `destinations`. */
  readonly kind: SharedRecipientKind;
  readonly name: string;
}

export type Recipient = PersonRecipient | SharedRecipient;

/** A row of OpsDeck's `notification_event`; created if absent, never overwritten. It decides whether and where to send. */
export interface EventDefinition {
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly channels: readonly Channel[];
  readonly daysOffset: number;
  /** Its row is created switched off, and without a row it is off; default: on. */
  readonly offAtFirst?: true;
  /** What a template that its row links to may print, beside `recipient_name` and `today`; undefined: not known. */
  readonly variables?: readonly string[];
  /** Who gets its mails where nothing else is configured, for `notifications list` and `test`. */
  readonly audience?: {
    /** A phrase: `administrators`, `the owner of each item`. */
    readonly words: string;
    /** Empty: it depends on the message. */
    readonly recipients: readonly PersonRecipient[];
  };
}

/** A row of OpsDeck's `email_template` (Jinja); created if absent, never overwritten. */
export interface TemplateDefinition {
  readonly name: string;
  readonly subject: string;
  readonly bodyHtml: string;
  readonly category: string;
  /**
   * Not the event's main message: a template that the event's row links to is meant for another one, so this message
   * always uses its own. Default false: what the event links to goes first.
   */
  readonly secondary?: boolean;
}

/** Mails that mail programs show as one conversation, for each recipient. */
export interface MailThread {
  /** The same in all of them. */
  readonly key: string;
  /** This is the first: the others refer to it. */
  readonly begins: boolean;
}

export interface OutgoingMessage {
  readonly event: EventDefinition;
  readonly template: TemplateDefinition;
  readonly recipients: readonly Recipient[];
  /** What the message is about, for OpsDeck's pages. */
  readonly targetType: string;
  readonly targetId: number;
  /** Variables of the template. */
  readonly context: JsonObject;
  /** Variables that are others in the mails to these addresses (lower-cased); undefined: all recipients read the same. */
  readonly contextFor?: { readonly addresses: ReadonlySet<string>; readonly context: JsonObject };
  /** Its mails belong together; undefined: each stands alone. */
  readonly mailThread?: MailThread;
  /** The same as data, for webhooks and chats; undefined: they have the text only. */
  readonly notice?: Notice;
  /** The same key and destination is queued once, for ever. */
  readonly dedupeKey: string;
  /** After this many hours unsent the message is stale; undefined: the outbox's own limit. */
  readonly ttlHours?: number;
  /** Channels that it must not go through, whatever the event's row says: the message is about their failure. */
  readonly notThrough?: readonly Channel[];
  /** Destinations that have had it, as `destinationKey`s: the others get it. */
  readonly notTo?: ReadonlySet<string>;
}

/** One message that was queued, or in a dry run would be. */
export interface QueuedMessage {
  readonly channel: Channel;
  /** An e-mail address, or the name of a shared destination; never a secret address. */
  readonly destination: string;
  /** Name of the template; what its subject becomes is known when it is rendered, at delivery. */
  readonly template: string;
  /** In a dry run: what it would be rendered from. */
  readonly draft?: MessageDraft;
}

/** A message before it is rendered. */
export interface MessageDraft extends TemplateText {
  readonly eventCode: string;
  readonly context: JsonObject;
}

/** Jinja. */
export interface TemplateText {
  readonly subject: string;
  readonly bodyHtml: string;
}

export interface EnqueueResult {
  readonly queued: readonly QueuedMessage[];
  /** Why nothing, or less, was queued: event disabled, no recipient with an address, already queued under this key. */
  readonly notes: readonly string[];
  /** Every channel of the event is one that the message must not go through. */
  readonly noChannelLeft?: true;
  /** The event is on and its template active, and there is nobody with an address to send to. */
  readonly noRecipient?: true;
  /** Everybody whom it is for has had it. */
  readonly allReached?: true;
}

/** One message to one destination. */
export interface Destination {
  readonly channel: Channel;
  /** An e-mail address, or the name of a shared destination; never a secret address. */
  readonly destination: string;
  /** A recipient kind, or `channel` for a shared destination. */
  readonly recipient_type: string;
  readonly recipient_email: string | null;
  readonly recipient_name: string | null;
  readonly recipient_user_id: number | null;
  readonly slack_target_channel: string | null;
}

/** How messages of an event go out now: what its row and its template say. */
export interface EventRoute {
  /** Empty: nothing may be queued; the notes say why. */
  readonly channels: readonly Channel[];
  /** One for each of {@link channels} that many people read. */
  readonly shared: readonly Destination[];
  /** Who gets the mails, where that is configured; it goes before whom a job would write to. null: it is not. */
  readonly recipients: readonly Destination[] | null;
  /** {@link shared} is configured; it goes before the places that a job would choose. */
  readonly isPlaced: boolean;
  readonly template: { readonly id: number; readonly name: string; readonly text: TemplateText };
  readonly notes: readonly string[];
}

/** A message whose destination is known; {@link OutgoingMessage} says what the rest means. */
export interface AddressedMessage {
  readonly eventCode: string;
  readonly destination: Destination;
  readonly targetType: string;
  readonly targetId: number;
  readonly context: JsonObject;
  readonly mailThread?: MailThread;
  readonly notice?: Notice;
  readonly dedupeKey: string;
}

export interface Notifier {
  /**
   * Writes the message to OpsDeck's `scheduled_communication` (parked: OpsDeck's dispatcher never picks it) and to
   * `opsdeck_jobs.message`, in the caller's transaction: with the finding that caused it, or not at all.
   */
  enqueue(trx: Transaction<Database>, message: OutgoingMessage): Promise<EnqueueResult>;
  /** For many messages of one event: creates its row and its template if absent, and says where they go. At most three statements. */
  route(
    trx: Transaction<Database>,
    event: EventDefinition,
    template: TemplateDefinition,
  ): Promise<EventRoute>;
  /** Writes many messages as {@link enqueue} writes one, a statement for each five hundred. */
  enqueueEach(
    trx: Transaction<Database>,
    template: EventRoute['template'],
    messages: readonly AddressedMessage[],
  ): Promise<EnqueueResult>;
  /** Everything queued through this notifier so far, in order: the result of a run and of `preview`. */
  readonly queued: readonly QueuedMessage[];
}
