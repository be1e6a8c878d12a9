import { ExitCode } from '../../errors/exit-code.ts';
import type { Cell, ReportBlock } from '../../job/report.ts';
import { connectChannels } from '../../notify/channels/connect-channels.ts';
import { definitionOf } from '../../notify/channels/lookup.ts';
import {
  type ChannelOfEvent,
  type EventOverview,
  type EventsOverview,
  overviewOf,
  readStoredEvents,
  type SetIn,
  type UnusedDestination,
} from '../../notify/event-overview.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { eventsOf } from '../runs/find-event.ts';
import { printReport } from '../runs/print-report.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface NotificationsListOptions {
  readonly json?: boolean;
}

/** `notifications list`: for each event of the jobs what is sent, through which channels, to whom, and where that is set. */
export async function listNotifications(
  io: Io,
  globals: GlobalOptions,
  options: NotificationsListOptions,
): Promise<ExitCode> {
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, config, jobs, secrets }) => {
    const stored = await readStoredEvents(database.db);
    const channels = await connectChannels(config, database.clock);
    try {
      const found = overviewOf(eventsOf(jobs), stored, channels.byName, config, database.clock.now());
      if (json) writeJson(io, { database: secrets.scrub(database.label), ...documentOf(found) });
      else printReport(io, report(found));
    } finally {
      await channels.close();
    }
    return ExitCode.ok;
  });
}

function documentOf({ events, unused }: EventsOverview) {
  return {
    events: events.map(({ channelsSetIn, ...event }) => ({
      ...event,
      channels_set_in: channelsSetIn,
      channels: event.channels.map(({ channel, state, to, toSetIn }) => ({
        ...{ channel, state, to },
        to_set_in: toSetIn,
      })),
    })),
    unused_destinations: unused,
  };
}

function report({ events, unused }: EventsOverview): readonly ReportBlock[] {
  return [
    {
      kind: 'table',
      columns: ['Event', 'State', 'Channel', 'To', 'Set in'],
      rows: events.flatMap(rowsOf),
    },
    ...events
      .flatMap(({ notes }) => notes)
      .map((text): ReportBlock => ({ kind: 'line', text, tone: 'warning' })),
    ...unused.map((one): ReportBlock => ({ kind: 'line', text: unusedWords(one), tone: 'warning' })),
  ];
}

function rowsOf(event: EventOverview): readonly (readonly (string | Cell)[])[] {
  return event.channels.map((one, index) => [
    index === 0 ? event.code : '',
    index === 0 ? stateCell(event) : '',
    channelCell(one),
    one.to ?? '-',
    setInWords(event.channelsSetIn, one.toSetIn),
  ]);
}

function stateCell({ state }: EventOverview): Cell {
  if (state === 'enabled') return { text: 'enabled', tone: 'good' };
  return { text: state === 'disabled' ? 'disabled' : 'template not active', tone: 'warning' };
}

function channelCell({ channel, state }: ChannelOfEvent): Cell {
  const { label } = definitionOf(channel);
  if (state === 'ready') return { text: label };
  return { text: `${label} (${state === 'off' ? 'off' : 'not configured'})`, tone: 'warning' };
}

const places: Readonly<Record<SetIn, string>> = {
  configuration: 'configuration',
  event: "event's row",
  job: 'default',
};

function setInWords(channels: SetIn, to: SetIn): string {
  return channels === to ? places[to] : `channel: ${places[channels]}, to: ${places[to]}`;
}

/** Where it could be used is said once, by the setting that does it. */
function unusedWords({ channel, name }: UnusedDestination): string {
  const { label } = definitionOf(channel);
  if (name === null) {
    return `No event is sent through ${label}, which has an address: set notifications.CODE.channels.`;
  }
  return `No event sends to destinations.${name} (${label}): set notifications.CODE.channels and .destination.`;
}
