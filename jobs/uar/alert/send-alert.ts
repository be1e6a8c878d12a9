import type { Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { readAdministrators, readersOf } from '../../../src/notify/administrators.ts';
import { definitionOf } from '../../../src/notify/channels/lookup.ts';
import { personDestination } from '../../../src/notify/create-notifier.ts';
import type { Destination, EventDefinition, EventRoute, Notifier } from '../../../src/notify/notifier.ts';
import { destinationKey } from '../../../src/notify/park.ts';
import { findPeople, sharedDestinations } from '../../../src/notify/recipients.ts';
import { type AlertInput, alertContext, alertNotice, whyNoAlert } from './alert.ts';
import { type AlertRoute, readAlertRoute } from './alert-recipients.ts';
import { findingsTemplate } from './alert-template.ts';

/** Whether messages of access reviews are sent at all, and by which channels; the comparison says to whom. */
export const findingsEvent: EventDefinition = {
  code: 'UAR_FINDINGS',
  name: 'Access review findings',
  description: 'An access review found something that was not there before.',
  channels: ['email', 'slack'],
  daysOffset: 0,
  variables: [
    ...[
      'comparison_id',
      'comparison_name',
      'findings_count',
      'left_only_count',
      'right_only_count',
      'mismatch_count',
    ],
    ...['duplicate_count', 'new_count', 'excepted_count', 'resolved_count', 'adopted', 'rows', 'more'],
    ...['side_a', 'side_b'],
    ...['execution_date', 'zone', 'execution_url'],
  ],
  audience: { words: 'the recipients of the comparison', recipients: [] },
};

export interface SentAlert {
  readonly messages: number;
  /** Why nobody, or not everybody, was alerted; sentences. */
  readonly notes: readonly string[];
  /** Everybody whom it is for has had it. */
  readonly allReached: boolean;
}

/** It takes the place of alerts that could not be sent in time. */
export interface Replacement {
  readonly key: string;
  /** That found what it is about. */
  readonly executions: readonly number[];
  /** Destinations that have had it, as `destinationKey`s. */
  readonly notTo: ReadonlySet<string>;
}

/** Queues the alert of an execution, in its transaction; one message a destination. At most six statements. */
export async function sendAlert(
  trx: Transaction<Database>,
  notifier: Notifier,
  input: AlertInput,
  replacement?: Replacement,
): Promise<SentAlert> {
  const { comparison, executionId } = input;
  const none = (notes: readonly string[]): SentAlert => ({ messages: 0, notes, allReached: false });
  const why = whyNoAlert(input);
  if (why !== null) return none([`No alert is sent: ${why}.`]);
  const wanted = readAlertRoute(comparison.notification_channels, comparison.notification_recipients);
  if (wanted.channels.length === 0) {
    return none([...wanted.notes, 'No alert is sent: the comparison has no channel or no recipient.']);
  }
  const route = await notifier.route(trx, findingsEvent, findingsTemplate);
  const { destinations: all, notes } = await destinationsOf(trx, wanted, route);
  if (all.length === 0) return none([...wanted.notes, ...route.notes, ...notes]);
  const destinations = all.filter((one) => replacement?.notTo.has(destinationKey(one)) !== true);
  if (destinations.length === 0) return { messages: 0, notes, allReached: true };
  const context = {
    ...alertContext(input),
    ...(replacement === undefined ? {} : { executions: replacement.executions }),
  };
  const notice = alertNotice(input);
  const readerOf = readersOf(await readAdministrators(trx));
  const sent = await notifier.enqueueEach(
    trx,
    route.template,
    destinations.map((destination) => ({
      eventCode: findingsEvent.code,
      destination,
      targetType: 'UARExecution',
      targetId: executionId,
      context: { ...context, ...readerOf(destination) },
      notice,
      dedupeKey:
        replacement?.key ??
        // In a dry run there is no execution.
        (executionId === 0 ? `uar:comparison:${comparison.id}` : `uar:execution:${executionId}`),
    })),
  );
  return {
    messages: sent.queued.length,
    notes: [...wanted.notes, ...route.notes, ...notes, ...sent.notes],
    allReached: false,
  };
}

/** The channels of the comparison, as far as the event allows them. */
async function destinationsOf(
  trx: Transaction<Database>,
  { channels, people, places }: AlertRoute,
  route: EventRoute,
): Promise<{ readonly destinations: readonly Destination[]; readonly notes: readonly string[] }> {
  const destinations: Destination[] = [];
  const notes: string[] = [];
  for (const channel of channels) {
    if (!route.channels.includes(channel)) {
      if (route.channels.length > 0) notes.push(`Event ${findingsEvent.code} does not send by ${channel}.`);
    } else if (definitionOf(channel).addressee === 'person') {
      const found = await findPeople(trx, route.recipients === null ? people : []);
      const mailed = route.recipients ?? found.people.map(personDestination);
      destinations.push(...mailed);
      notes.push(...found.notes);
      if (mailed.length === 0) notes.push('No recipient has an e-mail address.');
    } else {
      const own = sharedDestinations(route.isPlaced ? [] : places).filter((one) => one.channel === channel);
      destinations.push(...(own.length > 0 ? own : route.shared.filter((one) => one.channel === channel)));
    }
  }
  return { destinations, notes };
}
