import { type Kysely, sql } from 'kysely';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/tables.ts';
import { readChannels } from './channel-choice.ts';
import type { OpenChannel } from './channels/definition.ts';
import { channels, definitionOf } from './channels/lookup.ts';
import type { Channel } from './channels/names.ts';
import { recipientText, routedDestination } from './event-routing.ts';
import { type EventPlaces, hasSharedAddress, wayOf } from './event-ways.ts';
import type { EventDefinition } from './notifier.ts';
import { addressesIn } from './outbox/content.ts';

/** Where a decision about an event is made: the configuration file, its row in the database, or the job itself. */
export type SetIn = 'configuration' | 'event' | 'job';

/** One channel of an event. */
export interface ChannelOfEvent {
  readonly channel: Channel;
  readonly state: 'ready' | 'off' | 'not_configured';
  /** To whom or where, without a secret; null: nowhere. */
  readonly to: string | null;
  readonly toSetIn: SetIn;
  /** The name of `destinations` that its address comes from. */
  readonly destinationName: string | null;
}

/** An event of a job: whether its messages are sent, through which channels, to whom, and where that is set. */
export interface EventOverview {
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly state: 'enabled' | 'disabled' | 'template_inactive';
  readonly channels: readonly ChannelOfEvent[];
  readonly channelsSetIn: SetIn;
  /** What could not be read, as sentences. */
  readonly notes: readonly string[];
}

/** An address of `destinations`, or a channel with an address for all events, that no event sends to. */
export interface UnusedDestination {
  readonly channel: Channel;
  /** null: the address for all events. */
  readonly name: string | null;
}

export interface EventsOverview {
  readonly events: readonly EventOverview[];
  readonly unused: readonly UnusedDestination[];
}

/** What of the configuration decides about events. */
export type EventConfig = Pick<Config, 'destinations' | 'postForms' | 'notifications' | 'switchedOff'>;

export interface StoredEvent extends EventPlaces {
  readonly enabled: boolean;
  readonly channels: unknown;
  readonly place: string | null;
  readonly template_active: boolean;
}

/** The rows of all events, OpsDeck's own included. One statement. */
export async function readStoredEvents(db: Kysely<Database>): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<StoredEvent>`
    select e.event_code as code, e.enabled is true as enabled, e.channels, e.slack_target_channel as place,
           coalesce(t.is_active, true) as template_active, ${addressesIn('e', 'event')} as addresses
      from notification_event e
      left join email_template t on t.id = e.template_id
     order by e.event_code`.execute(db);
  return rows;
}

/** Pure, but for the channels, which are open. */
export function overviewOf(
  definitions: readonly EventDefinition[],
  stored: readonly StoredEvent[],
  open: ReadonlyMap<Channel, OpenChannel>,
  config: EventConfig,
  now: Date,
): EventsOverview {
  const byCode = new Map(stored.map((row) => [row.code, row]));
  const events = definitions.map((definition) =>
    eventOf(definition, byCode.get(definition.code), open, config, now),
  );
  const ours = new Set(definitions.map(({ code }) => code));
  const foreign = stored.filter(({ code }) => !ours.has(code));
  return { events, unused: unusedOf(events, foreign, open, config, now) };
}

function eventOf(
  definition: EventDefinition,
  row: StoredEvent | undefined,
  open: ReadonlyMap<Channel, OpenChannel>,
  config: EventConfig,
  now: Date,
): EventOverview {
  const { code, name, description, audience } = definition;
  const routing = config.notifications.get(code);
  const chosen =
    routing?.channels === undefined
      ? readChannels(code, row === undefined ? definition.channels : row.channels)
      : { channels: routing.channels, notes: [] };
  const places: EventPlaces = { code, addresses: row?.addresses ?? {} };
  const channelOf = (channel: Channel): ChannelOfEvent => {
    const opened = open.get(channel);
    const isOff = config.switchedOff.includes(channel);
    const stateOf = (ready: boolean) => (isOff ? 'off' : ready ? 'ready' : 'not_configured');
    if (definitionOf(channel).addressee === 'person') {
      const to =
        routing?.recipients?.map(recipientText).join(', ') ?? audience?.words ?? 'whom the job finds';
      return {
        ...{ channel, to, destinationName: null, state: stateOf(opened?.ready === true) },
        toSetIn: routing?.recipients === undefined ? 'job' : 'configuration',
      };
    }
    const destination = routedDestination(channel, routing?.destination, row?.place ?? null);
    const way = opened === undefined ? undefined : wayOf(opened, places, destination, config, now);
    const inRow = way?.by === 'event' || (way?.by === 'place' && routing?.destination === undefined);
    return {
      ...{ channel, to: way?.to ?? null, destinationName: way?.destinationName ?? null },
      state: stateOf(way !== undefined),
      toSetIn: inRow ? 'event' : 'configuration',
    };
  };
  return {
    ...{ code, name, description },
    state: !(row?.enabled ?? definition.offAtFirst !== true)
      ? 'disabled'
      : row?.template_active === false
        ? 'template_inactive'
        : 'enabled',
    channels: chosen.channels.map(channelOf),
    channelsSetIn: routing?.channels !== undefined ? 'configuration' : row === undefined ? 'job' : 'event',
    notes: chosen.notes,
  };
}

function unusedOf(
  events: readonly EventOverview[],
  foreign: readonly StoredEvent[],
  open: ReadonlyMap<Channel, OpenChannel>,
  config: EventConfig,
  now: Date,
): readonly UnusedDestination[] {
  const used = new Set<string>();
  const key = (name: string, channel: Channel) => `${channel} ${name}`;
  const through = new Set<Channel>();
  for (const { channel, destinationName } of events.flatMap((event) => event.channels)) {
    through.add(channel);
    if (destinationName !== null) used.add(key(destinationName, channel));
  }
  for (const { code, channels: stored } of foreign) {
    for (const channel of readChannels(code, stored).channels) {
      through.add(channel);
      used.add(key(code, channel));
    }
  }
  const named = [...config.destinations].flatMap(([name, addresses]) =>
    channels
      // Rules of OpsDeck have no row of an event.
      .filter((channel) => addresses[channel] !== undefined && !/^EVENT_RULE_/.test(name))
      .filter((channel) => !used.has(key(name, channel)))
      .map((channel) => ({ name, channel })),
  );
  const shared = [...open]
    .filter(([channel, opened]) => !through.has(channel) && hasSharedAddress(opened, channel, now))
    .map(([channel]) => ({ name: null, channel }));
  return [...named, ...shared];
}
