import { hostname } from 'node:os';
import type { Transaction } from 'kysely';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/tables.ts';
import type { Clock } from '../time/clock.ts';
import type { Zones } from '../time/zones.ts';
import type { OpenChannel } from './channels/definition.ts';
import { definitionOf } from './channels/lookup.ts';
import type { Channel } from './channels/names.ts';
import { createNotifier, personDestination } from './create-notifier.ts';
import type { DeliveryOutcome } from './delivery/outcome.ts';
import type { StoredEvent } from './event-overview.ts';
import { type EventWay, wayOf } from './event-ways.ts';
import type { Destination, EventDefinition } from './notifier.ts';
import { findPeople } from './recipients.ts';
import { withCustomBody } from './templates/custom-body.ts';
import { type Renderer, TemplateFailure } from './templates/renderer.ts';

/** Where a test message of an event goes. */
export interface TestTarget {
  readonly channel: Channel;
  /** undefined: nowhere; `why` says why. */
  readonly way: EventWay | undefined;
  readonly why: string;
}

export interface TestPlan {
  readonly targets: readonly TestTarget[];
  readonly notes: readonly string[];
}

export interface TestScope {
  readonly config: Config;
  readonly clock: Clock;
  readonly zones: Zones;
  readonly open: ReadonlyMap<Channel, OpenChannel>;
  /** The row of the event; undefined: there is none yet. */
  readonly row: StoredEvent | undefined;
  /** Who gets the mails; undefined: the recipients of the event, where they are the same each time. */
  readonly to: string | undefined;
}

/** Every destination of an event now, by the rules of a real message; nothing is written. */
export async function planTest(
  trx: Transaction<Database>,
  event: EventDefinition,
  scope: TestScope,
): Promise<TestPlan> {
  const { config, clock, zones } = scope;
  const routings = config.notifications;
  const notifier = createNotifier({ jobName: '', runId: '', clock, zones, dryRun: true, routings });
  const template = { name: '', subject: '', bodyHtml: '', category: '', secondary: true };
  const route = await notifier.route(trx, event, template);
  const notes = [...route.notes];
  const targets: TestTarget[] = [];
  for (const channel of route.channels) {
    const isForPeople = definitionOf(channel).addressee === 'person';
    if (isForPeople && scope.to === undefined && route.recipients === null && !hasRecipients(event)) {
      const words = event.audience?.words ?? 'whom the job finds';
      targets.push({ channel, way: undefined, why: `mails go to ${words}; give --to ADDRESS` });
      continue;
    }
    const destinations = isForPeople
      ? await readersOf(trx, event, route.recipients, scope, notes)
      : route.shared.filter((one) => one.channel === channel);
    targets.push(...destinations.map((destination) => targetOf(channel, destination, event, scope)));
  }
  return { targets, notes };
}

function hasRecipients({ audience }: EventDefinition): boolean {
  return (audience?.recipients.length ?? 0) > 0;
}

async function readersOf(
  trx: Transaction<Database>,
  event: EventDefinition,
  configured: readonly Destination[] | null,
  { config, to }: TestScope,
  notes: string[],
): Promise<readonly Destination[]> {
  const redirect = config.delivery.kind === 'redirect' ? config.delivery.address : to;
  if (redirect !== undefined) {
    return [personDestination({ address: redirect, name: null, userId: null, via: 'address' })];
  }
  if (configured !== null) return configured;
  const found = await findPeople(trx, event.audience?.recipients ?? []);
  notes.push(...found.notes);
  return found.people.map(personDestination);
}

function targetOf(
  channel: Channel,
  destination: Destination,
  { code }: EventDefinition,
  { config, clock, open, row }: TestScope,
): TestTarget {
  const nowhere = (why: string): TestTarget => ({ channel, way: undefined, why });
  if (config.switchedOff.includes(channel)) return nowhere('it is switched off');
  if (config.delivery.kind === 'redirect' && definitionOf(channel).addressee !== 'person') {
    return nowhere('delivery is redirected, so only mails are sent');
  }
  const opened = open.get(channel);
  const places = { code, addresses: row?.addresses ?? {} };
  const way = opened === undefined ? undefined : wayOf(opened, places, destination, config, clock.now());
  return way === undefined ? nowhere('it is not configured') : { channel, way, why: '' };
}

/** The message itself; it is past the queue, and nothing records it. */
export async function sendTest(
  { route }: EventWay,
  { code, name }: EventDefinition,
  renderer: Renderer,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const text = `This message was sent by hand from ${hostname()}, with: opsdeck-jobs notifications test ${code}`;
  const html = `<!doctype html><html><body><p>${text}</p></body></html>`;
  const rendered = { subject: `Test of ${code}: ${name}`, html: route.form === 'mail' ? html : '', text };
  try {
    return await route.send(await withCustomBody(renderer, route.body, rendered), signal);
  } catch (error) {
    if (!(error instanceof TemplateFailure)) throw error;
    return { kind: 'failed', code: 'refused', reason: error.reason };
  }
}
