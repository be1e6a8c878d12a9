import { ExitCode } from '../../errors/exit-code.ts';
import type { ReportBlock } from '../../job/report.ts';
import { severityCell } from '../../job/severity.ts';
import { readStatus } from '../../status/read-status.ts';
import { checkedWords, type Status } from '../../status/status.ts';
import { count } from '../../text/count.ts';
import { shortWallClock, wallClock } from '../../time/human-time.ts';
import type { OptionsOf } from '../commands/command-context.ts';
import type { declareStatus } from '../commands/status.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { readUnusedDestinations, unusedName } from '../runs/unused-destinations.ts';
import { type Session, withSession } from '../session.ts';

/** `status`: what needs a person now. `--check`: exit 4 when something does. */
export async function status(
  io: Io,
  globals: GlobalOptions,
  options: OptionsOf<typeof declareStatus>,
): Promise<ExitCode> {
  return withSession(io, globals, { quiet: true }, async (session) => {
    const found = await readStatus(session);
    const unused = await readUnusedDestinations(session);
    if (options.json === true) writeJson(io, document(session, found, unused));
    else printReport(io, report(session, found, unused));
    return options.check === true && found.matters.length > 0 ? ExitCode.found : ExitCode.ok;
  });
}

type Unused = Awaited<ReturnType<typeof readUnusedDestinations>>;

/** `unused`: no matter for `--check`. */
function report(session: Session, status: Status, unused: Unused): readonly ReportBlock[] {
  if (unused === null || unused.length === 0) return mattersReport(session, status);
  const text = `No event sends to ${unused.map(unusedName).join(', ')}: \`notifications list\` shows the setting.`;
  return [...mattersReport(session, status), { kind: 'line', text, tone: 'notice' }];
}

function mattersReport(
  { database, zones }: Session,
  { now, matters, jobs, asked }: Status,
): readonly ReportBlock[] {
  const scope = `${checkedWords({ jobs, asked })} checked`;
  const header: readonly ReportBlock[] = [
    { kind: 'line', text: `Database: ${database.label} (${database.mode})` },
    { kind: 'line', text: `Zone: ${zones.business}, now ${wallClock(now, zones.business)}` },
  ];
  if (matters.length === 0)
    return [...header, { kind: 'line', text: `Nothing needs a person: ${scope}.`, tone: 'good' }];
  return [
    ...header,
    {
      kind: 'line',
      text: `${count(matters.length, 'matter')} ${matters.length === 1 ? 'needs' : 'need'} a person: ${scope}.`,
    },
    {
      kind: 'table',
      columns: ['Severity', 'About', 'What', 'Since', 'Next'],
      rows: matters.map(({ severity, about, what, since, next }) => [
        severityCell(severity),
        about,
        what,
        since === null ? '-' : shortWallClock(since, zones.business, now),
        next,
      ]),
    },
  ];
}

function document(
  { database, secrets, zones }: Session,
  { now, matters, jobs, asked }: Status,
  unused: Unused,
): Readonly<Record<string, unknown>> {
  return {
    database: secrets.scrub(database.label),
    mode: database.mode,
    timezone: zones.business,
    at: now.toISOString(),
    jobs,
    jobs_asked: asked,
    unused_destinations: unused,
    matters: matters.map(({ about, severity, what, since, next }) => ({
      about,
      severity,
      what: secrets.scrub(what),
      since: since?.toISOString() ?? null,
      next,
    })),
  };
}
