import type { Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Clock } from '../time/clock.ts';
import type { Zones } from '../time/zones.ts';
import { readChannels, sharedDestination } from './channels.ts';
import { createEventAndTemplate, type EventAndTemplate, findEventAndTemplate } from './event-and-template.ts';
import type { Channel, EnqueueResult, Notifier, OutgoingMessage, QueuedMessage } from './notifier.ts';
import { type Destination, destinationKey, findQueued, park } from './park.ts';
import { findPeople, type Person } from './recipients.ts';

export interface NotifierOptions {
  readonly jobName: string;
  /** UUID of the run that the messages belong to. */
  readonly runId: string;
  readonly clock: Clock;
  readonly zones: Zones;
  /** Only reads, and answers what would be queued. */
  readonly dryRun: boolean;
}

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
    const { event, template } = await settle(trx, message);
    const code = message.event.code;
    if (!event.enabled) return nothing(`Event ${code} is switched off: nothing is queued.`);
    if (!template.isActive) {
      return nothing(`Template "${template.name}" of event ${code} is not active: nothing is queued.`);
    }
    const choice = readChannels(code, event.channels);
    const open = choice.channels.filter((channel) => message.notThrough?.includes(channel) !== true);
    if (open.length === 0) {
      const note = `Event ${code}: no channel is left but ${choice.channels.join(', ')}, which did not work.`;
      return { queued: [], notes: [...choice.notes, note], noChannelLeft: true };
    }
    const notes = [...choice.notes];
    const destinations: Destination[] = [];
    for (const channel of open) {
      if (channel === 'email') {
        const found = await findPeople(trx, message.recipients);
        destinations.push(...found.people.map(toPerson));
        notes.push(...found.notes);
        if (found.people.length === 0) notes.push(`Event ${code}: no recipient with an e-mail address.`);
      } else {
        destinations.push(toSharedChannel(channel, event.slackTargetChannel));
      }
    }
    if (destinations.length === 0) return { queued: [], notes };
    const written = await write(trx, message, destinations, template.id);
    const repeated = destinations.length - written.size;
    if (repeated > 0)
      notes.push(`Event ${code}: ${repeated} already queued under the key ${message.dedupeKey}.`);
    const result = destinations
      .filter((one) => written.has(destinationKey(one)))
      .map(({ channel, destination }) => ({ channel, destination, template: template.name }));
    queued.push(...result);
    return { queued: result, notes };
  }

  /** The rows that decide, created where absent; in a dry run as they would be created. */
  async function settle(trx: Transaction<Database>, message: OutgoingMessage) {
    let { event, template } = await findEventAndTemplate(trx, message.event, message.template);
    if ((event === null || template === null) && !options.dryRun) {
      const created = await createEventAndTemplate(
        trx,
        message.event,
        message.template,
        options.clock.now(),
        options.zones,
      );
      event ??= created.event;
      template ??= created.template;
      if (event === null || template === null) {
        // Somebody else created it at this very moment; it is committed now, or we would still be waiting for it.
        ({ event, template } = await findEventAndTemplate(trx, message.event, message.template));
      }
      if (event === null || template === null) {
        throw new Error(
          `Event ${message.event.code} or its template was deleted while a message was being queued.`,
        );
      }
    }
    return withDefinitions({ event, template }, message);
  }

  async function write(
    trx: Transaction<Database>,
    message: OutgoingMessage,
    destinations: readonly Destination[],
    templateId: number,
  ): Promise<ReadonlySet<string>> {
    if (!options.dryRun) {
      const { jobName: job, runId, clock, zones } = options;
      return park(trx, message, destinations, { job, runId, templateId, now: clock.now(), zones });
    }
    const before = await findQueued(trx, message.dedupeKey);
    const wanted = new Set<string>();
    for (const one of destinations) {
      const key = destinationKey(one);
      const plan = `${message.dedupeKey} ${key}`;
      if (before.has(key) || planned.has(plan)) continue;
      planned.add(plan);
      wanted.add(key);
    }
    return wanted;
  }

  return { enqueue, queued };
}

/** A row that is still absent (a dry run creates none) is what its definition would make it. */
function withDefinitions({ event, template }: EventAndTemplate, message: OutgoingMessage) {
  return {
    event: event ?? { enabled: true, channels: message.event.channels, slackTargetChannel: null },
    template: template ?? {
      id: 0,
      name: message.template.name,
      isActive: true,
    },
  };
}

function nothing(why: string): EnqueueResult {
  return { queued: [], notes: [why] };
}

function toPerson(person: Person): Destination {
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

function toSharedChannel(channel: Exclude<Channel, 'email'>, slackTargetChannel: string | null): Destination {
  return {
    channel,
    destination: sharedDestination(channel, slackTargetChannel),
    recipient_type: 'channel',
    recipient_email: null,
    recipient_name: null,
    recipient_user_id: null,
    slack_target_channel: channel === 'slack' ? slackTargetChannel : null,
  };
}
