import type { Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import { dayOf } from '../time/calendar-day.ts';
import type { Clock } from '../time/clock.ts';
import type { Zones } from '../time/zones.ts';
import { byContext } from './by-context.ts';
import { readChannels } from './channel-choice.ts';
import { definitionOf } from './channels/lookup.ts';
import type { Channel } from './channels/names.ts';
import { createEventAndTemplate, findEventAndTemplate } from './event-and-template.ts';
import { type EventRoutings, routedDestination } from './event-routing.ts';
import type {
  AddressedMessage,
  Destination,
  EnqueueResult,
  EventDefinition,
  EventRoute,
  MessageDraft,
  Notifier,
  OutgoingMessage,
  QueuedMessage,
  Recipient,
  TemplateDefinition,
} from './notifier.ts';
import { destinationKey, findQueued, type ParkedMessage, type Parking, park, queuedKey } from './park.ts';
import { findPeople, type Person, sharedDestinations } from './recipients.ts';

export interface NotifierOptions {
  readonly jobName: string;
  /** UUID of the run that the messages belong to; null: of none. */
  readonly runId: string | null;
  readonly clock: Clock;
  readonly zones: Zones;
  /** Only reads, and answers what would be queued. */
  readonly dryRun: boolean;
  /** Of the configuration: what goes before the rows of the events. */
  readonly routings: EventRoutings;
}

/** A message can be long: fifty items of a digest with all that is said of them. */
const perStatement = 500;

/**
 * The outbox's way in. A message is decided and written in the caller's transaction, with the finding that caused it:
 * both are there or neither. Two statements usually find out what to do (event and template; people), one writes however many
 * destinations there are, and one more creates the event and the template the first time.
 *
 * Promises: one row per destination and dedupe key, for ever, whoever else queues at the same moment. Does not send, does not
 * render, and does not look at whether a channel is configured: that is known where the message is sent.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const queued: QueuedMessage[] = [];
  /** What a dry run would have queued by now; a real run asks the database. */
  const planned = new Set<string>();

  async function enqueue(trx: Transaction<Database>, message: OutgoingMessage): Promise<EnqueueResult> {
    const way = await route(trx, message.event, message.template);
    const { channels, shared, template, notes: found } = way;
    const code = message.event.code;
    const notes = [...found];
    const mayUse = (channel: Channel) => message.notThrough?.includes(channel) !== true;
    const open = channels.filter(mayUse);
    // Of an event that is switched off nobody hears.
    const own =
      channels.length === 0 || way.isPlaced
        ? []
        : sharedDestinations(message.recipients).filter(({ channel }) => mayUse(channel));
    if (channels.length > 0 && open.length === 0 && own.length === 0) {
      notes.push(`Event ${code}: no channel is left but ${channels.join(', ')}, which did not work.`);
      return { queued: [], notes, noChannelLeft: true };
    }
    let destinations: Destination[] = [];
    for (const channel of open) {
      if (definitionOf(channel).addressee === 'person') {
        const { people, notes: leftOut } =
          way.recipients === null
            ? await peopleAmong(trx, message.recipients)
            : { people: way.recipients, notes: [] };
        destinations.push(...people);
        notes.push(...leftOut);
        if (people.length === 0 && own.length === 0)
          notes.push(`Event ${code}: no recipient with an e-mail address.`);
      } else destinations.push(...shared.filter((one) => one.channel === channel));
    }
    if (destinations.length + own.length === 0) {
      return channels.length === 0 ? { queued: [], notes } : { queued: [], notes, noRecipient: true };
    }
    destinations = eachOnce([...own, ...destinations]).filter(
      (one) => message.notTo?.has(destinationKey(one)) !== true,
    );
    if (destinations.length === 0) return { queued: [], notes, allReached: true };
    const { targetType, targetId, mailThread, notice, dedupeKey } = message;
    const parked = byContext(message, destinations).map((each) => ({
      ...{ eventCode: code, targetType, targetId, dedupeKey, ...each },
      ...(mailThread === undefined ? {} : { mailThread }),
      ...(notice === undefined ? {} : { notice }),
    }));
    const written = await write(trx, parked, template, message.ttlHours);
    const repeated = destinations.length - written.length;
    if (repeated > 0) notes.push(`Event ${code}: ${repeated} already queued under the key ${dedupeKey}.`);
    return { queued: written, notes };
  }

  async function route(
    trx: Transaction<Database>,
    event: EventDefinition,
    template: TemplateDefinition,
  ): Promise<EventRoute> {
    const settled = await settle(trx, event, template);
    const { id, name, isActive, text } = settled.template;
    const closed = (why: string): EventRoute => ({
      channels: [],
      shared: [],
      recipients: null,
      isPlaced: false,
      template: { id, name, text },
      notes: [why],
    });
    if (!settled.event.enabled) return closed(`Event ${event.code} is switched off: nothing is queued.`);
    if (!isActive)
      return closed(`Template "${name}" of event ${event.code} is not active: nothing is queued.`);
    const routing = options.routings.get(event.code);
    const { channels, notes } =
      routing?.channels === undefined
        ? readChannels(event.code, settled.event.channels)
        : { channels: routing.channels, notes: [] };
    const isForPeople = (channel: Channel) => definitionOf(channel).addressee === 'person';
    const shared = channels
      .filter((channel) => !isForPeople(channel))
      .map((channel) => routedDestination(channel, routing?.destination, settled.event.slackTargetChannel));
    const found =
      routing?.recipients !== undefined && channels.some(isForPeople)
        ? await peopleAmong(trx, routing.recipients)
        : undefined;
    return {
      channels,
      shared,
      recipients: found?.people ?? null,
      isPlaced: routing?.destination !== undefined,
      template: { id, name, text },
      notes: [...notes, ...(found?.notes ?? [])],
    };
  }

  async function enqueueEach(
    trx: Transaction<Database>,
    template: EventRoute['template'],
    messages: readonly AddressedMessage[],
  ): Promise<EnqueueResult> {
    const written: QueuedMessage[] = [];
    for (let from = 0; from < messages.length; from += perStatement) {
      const some = messages.slice(from, from + perStatement).map(({ destination, ...message }) => ({
        ...message,
        destinations: [destination],
      }));
      written.push(...(await write(trx, some, template, undefined)));
    }
    const repeated = messages.length - written.length;
    return { queued: written, notes: repeated > 0 ? [`${repeated} already queued under the same key.`] : [] };
  }

  /** The rows that decide, created where absent; in a dry run as they would be created. */
  async function settle(
    trx: Transaction<Database>,
    eventDefinition: EventDefinition,
    templateDefinition: TemplateDefinition,
  ) {
    let { event, template } = await findEventAndTemplate(trx, eventDefinition, templateDefinition);
    if ((event === null || template === null) && !options.dryRun) {
      const { clock, zones } = options;
      const created = await createEventAndTemplate(
        trx,
        eventDefinition,
        templateDefinition,
        clock.now(),
        zones,
      );
      event ??= created.event;
      template ??= created.template;
      if (event === null || template === null) {
        // Somebody else created it at this very moment; it is committed now, or we would still be waiting for it.
        ({ event, template } = await findEventAndTemplate(trx, eventDefinition, templateDefinition));
      }
      if (event === null || template === null) {
        throw new Error(
          `Event ${eventDefinition.code} or its template was deleted while a message was being queued.`,
        );
      }
    }
    // A row that is still absent (a dry run creates none) is what its definition would make it.
    return {
      event: event ?? {
        enabled: eventDefinition.offAtFirst !== true,
        channels: eventDefinition.channels,
        slackTargetChannel: null,
      },
      template: template ?? {
        id: 0,
        name: templateDefinition.name,
        isActive: true,
        text: templateDefinition,
      },
    };
  }

  /** Those that were written, in the order in which they were given. */
  async function write(
    trx: Transaction<Database>,
    messages: readonly ParkedMessage[],
    template: EventRoute['template'],
    ttlHours: number | undefined,
  ): Promise<readonly QueuedMessage[]> {
    const { subject, bodyHtml } = template.text;
    const draftOf = ({ eventCode, context }: ParkedMessage, name: string | null): MessageDraft => ({
      eventCode,
      subject,
      bodyHtml,
      context: {
        recipient_name: name ?? '',
        today: dayOf(options.clock.now(), options.zones.business),
        ...context,
      },
    });
    const all = messages.flatMap((parked) =>
      parked.destinations.map(({ channel, destination, recipient_name: recipient }) => ({
        key: queuedKey({ dedupe_key: parked.dedupeKey, channel, destination }),
        message: {
          channel,
          destination,
          template: template.name,
          ...(options.dryRun ? { draft: draftOf(parked, recipient) } : {}),
        },
      })),
    );
    const written = options.dryRun
      ? await plan(
          trx,
          messages,
          all.map(({ key }) => key),
        )
      : await park(trx, messages, parking(template.id, ttlHours));
    const result = all.filter(({ key }) => written.has(key)).map(({ message }) => message);
    queued.push(...result);
    return result;
  }

  function parking(templateId: number, ttlHours: number | undefined): Parking {
    const { jobName: job, runId, clock, zones } = options;
    return { job, runId, templateId, ttlHours, now: clock.now(), zones };
  }

  async function plan(
    trx: Transaction<Database>,
    messages: readonly ParkedMessage[],
    keys: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const before = await findQueued(
      trx,
      messages.map(({ dedupeKey }) => dedupeKey),
    );
    const wanted = keys.filter((key) => !before.has(key) && !planned.has(key));
    for (const key of wanted) planned.add(key);
    return new Set(wanted);
  }

  return { enqueue, route, enqueueEach, queued };
}

/** Of equal destinations the first. */
function eachOnce(destinations: readonly Destination[]): Destination[] {
  const keys = new Set<string>();
  return destinations.filter((one) => keys.size < keys.add(destinationKey(one)).size);
}

async function peopleAmong(trx: Transaction<Database>, recipients: readonly Recipient[]) {
  const { people, notes } = await findPeople(trx, recipients);
  return { people: people.map(personDestination), notes };
}

/** Somebody by e-mail. */
export function personDestination(person: Person): Destination {
  return {
    channel: 'email',
    destination: person.address,
    recipient_type: person.via,
    recipient_email: person.address,
    recipient_name: person.name,
    recipient_user_id: person.userId,
    slack_target_channel: null,
  };
}
