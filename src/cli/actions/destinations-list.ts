import { ExitCode } from '../../errors/exit-code.ts';
import type { Cell, ReportBlock } from '../../job/report.ts';
import { listDestinations, type TroubledDestination } from '../../notify/outbox/destinations.ts';
import { wallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface DestinationsListOptions {
  readonly json?: boolean;
}

/** `destinations list`: those that failed and have not succeeded since. */
export async function destinationsList(
  io: Io,
  globals: GlobalOptions,
  options: DestinationsListOptions,
): Promise<ExitCode> {
  return withSession(io, globals, { quiet: options.json === true }, async ({ database, zones, secrets }) => {
    const destinations = await listDestinations(database.db);
    if (options.json === true) {
      writeJson(io, {
        database: secrets.scrub(database.label),
        destinations: destinations.map((one) => ({
          ...one,
          paused_until: one.paused_until?.toISOString() ?? null,
          switched_off_at: one.switched_off_at?.toISOString() ?? null,
        })),
      });
    } else printReport(io, report(destinations, zones.business, database.clock.now()));
    return ExitCode.ok;
  });
}

function report(
  destinations: readonly TroubledDestination[],
  zone: string,
  now: Date,
): readonly ReportBlock[] {
  if (destinations.length === 0) {
    return [{ kind: 'line', text: 'No destination is failing.', tone: 'good' }];
  }
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: ['Key', 'State', 'Failures', 'Waiting', 'Why'],
      rows: destinations.map((one): readonly (string | Cell)[] => [
        one.key,
        stateCell(one, zone, now),
        String(one.failures),
        String(one.waiting),
        one.reason ?? '',
      ]),
    },
    { kind: 'line', text: '`destinations enable KEY` sends to one again at once.' },
  ];
}

function stateCell({ switched_off_at, paused_until }: TroubledDestination, zone: string, now: Date): Cell {
  if (switched_off_at !== null) {
    return { text: `switched off since ${wallClock(switched_off_at, zone)}`, tone: 'bad' };
  }
  if (paused_until !== null && paused_until > now) {
    return { text: `paused until ${wallClock(paused_until, zone)}`, tone: 'warning' };
  }
  return { text: 'failing', tone: 'warning' };
}
