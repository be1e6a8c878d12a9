import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report, ReportBlock } from '../../../src/job/report.ts';
import { dayInWords, dayOf, distanceInWords } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { verbs } from '../deadline.ts';
import type { NamedItem } from '../decide-holds.sql.ts';
import { endpointBlocks, readEndpointStatus } from '../endpoints/endpoint-status.ts';
import { type Explanation, explainItem } from '../explain-item.ts';
import { type Hold, holdDocument, replacedEnd } from '../holds.sql.ts';
import { readItem, requireItem } from './read-item.ts';

/** `expiry show ITEM`: its dates, its alerts, who received them, and what comes next. */
export async function showItem(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const typed = readItem(text);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, config, zones }) => {
    const { db, clock, label } = database;
    const item = await requireItem(db, typed);
    const today = dayOf(clock.now(), zones.business);
    const scope = {
      jobs: config.jobs,
      routings: config.notifications,
      zone: zones.business,
      zones,
      clock,
      today,
    };
    const explanation = await explainItem(db, item, scope);
    const endpoints =
      item.kind === 'certificate' ? await readEndpointStatus(db, { ...scope, id: item.id }) : [];
    if (json) writeJson(io, { database: label, ...item, today, ...toDocument(explanation), endpoints });
    else {
      printReport(io, [...toReport(item, explanation, zones.business), ...endpointBlocks(endpoints)]);
    }
    return ExitCode.ok;
  });
}

function holdInWords({ through, key, renewed_on: on, renewed_until: until }: Hold): string {
  if (through !== null) return `Snoozed until ${dayInWords(through)}`;
  if (on === null) return 'Acknowledged';
  return `Renewed on ${dayInWords(on)}${until === null ? '' : `, until ${dayInWords(until)}`}${replacedEnd(key)}, recorded`;
}

function toDocument({ owner, ends, problems, alerts, holds }: Explanation) {
  return {
    owner,
    ends: ends.map(({ item, daysLeft, todays, next }) => ({
      expires_on: item.expiresOn,
      key: item.key,
      happens: item.happens,
      days_left: daysLeft,
      thresholds: item.thresholds,
      today: todays,
      next,
    })),
    problems,
    alerts: alerts.map((one) => ({ ...one, recorded_at: one.recorded_at.toISOString() })),
    holds: holds.map(holdDocument),
  };
}

function toReport(
  item: NamedItem,
  { owner, ends, problems, alerts, holds }: Explanation,
  zone: string,
): Report {
  const name = `${item.kind}:${item.id}`;
  const line = (text: string, tone?: 'warning'): ReportBlock =>
    tone === undefined ? { kind: 'line', text } : { kind: 'line', text, tone };
  return [
    { kind: 'heading', text: `${name}: ${item.name}` },
    line(owner === null ? 'Owner: not set' : `Owner: ${owner}`),
    ...problems.map((problem) => line(`Recorded wrongly: ${problem}`, 'warning')),
    ...(ends.length === 0
      ? [line('It has no date to watch: it is archived, not active, or has no date.')]
      : []),
    ...ends.flatMap(({ item, daysLeft, todays, next, cancelling }) => [
      line(
        item.finding?.counts === false
          ? `It ${item.finding.text}.`
          : `It ${item.finding === undefined ? '' : `${item.finding.text} `}${verbs[item.happens][daysLeft < 0 ? 1 : 0]} on ${dayInWords(item.expiresOn)}, ${distanceInWords(daysLeft)}. Alerts are due at ${item.thresholds.join(', ')} days.`,
      ),
      ...(cancelling === null ? [] : [line(`Cancelling: ${cancelling}.`)]),
      line(todays),
      line(next),
    ]),
    ...(ends.length === 0 || holds.some((one) => one.renewed_on !== null)
      ? []
      : [line(`Renewed? \`expiry renewed ${name} --on DATE --reason TEXT\``)]),
    ...holds.map((one) =>
      line(`${holdInWords(one)} by ${one.actor}${one.reason === null ? '' : `: ${one.reason}`}`),
    ),
    ...(alerts.length === 0
      ? [
          line(
            ends.some(({ byOpsdeck }) => byOpsdeck.length > 0)
              ? 'OpsDeck queued the alert; this program sent none.'
              : 'No alert was sent yet.',
          ),
        ]
      : ([
          {
            kind: 'table',
            columns: ['When', 'Date', 'Days', 'To', 'Message', 'Because'],
            rows: alerts.map((one) => [
              wallClock(one.recorded_at, zone),
              one.expires_on,
              String(one.threshold),
              one.destination === '*' ? 'not sent: it expired before monitoring began' : one.destination,
              one.message_state ?? one.state,
              one.reason ?? 'owner',
            ]),
          },
        ] satisfies ReportBlock[])),
  ];
}
