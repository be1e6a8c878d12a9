import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import type { Cell, Report, ReportBlock, Tone } from '../../../src/job/report.ts';
import { severityCell, severityRank, severityTone } from '../../../src/job/severity.ts';
import { causes } from '../cause.ts';
import { countChanges } from './counts.ts';
import { type ControlOutcome, countOutcomes, type Outcome, outcomes } from './ends.ts';
import type { DriftTimeline, ReportScope, TimelineChange } from './read.ts';
import { mostSingleDays, trend } from './timeline.ts';

/** The report for people: where it looked, how much got worse and better, a bar a snapshot, and the controls behind it. */
export function driftReport(timeline: DriftTimeline, scope: ReportScope): Report {
  const header: ReportBlock[] = [
    { kind: 'heading', text: `Compliance drift, ${scope.period}` },
    { kind: 'line', text: `Database: ${scope.database}` },
    {
      kind: 'line',
      text: `From ${local(scope.from, scope.zone)} to ${local(scope.to, scope.zone)} (${scope.zone})`,
    },
    {
      kind: 'line',
      text: scope.framework === null ? 'All frameworks' : `Framework: ${scope.framework.name}`,
    },
  ];
  if (timeline.snapshots.length === 0) return [...header, noSnapshot(timeline.lastSnapshotAt, scope)];
  const controls = outcomes(timeline.changes);
  return [
    ...header,
    ...summary(timeline, controls),
    ...trend(timeline, scope.zone, scope.days),
    ...driftTables(timeline, scope),
  ];
}

/** The changes; of a long period a line a control. The worst first. */
export function driftTables(timeline: DriftTimeline, { days, zone }: ReportScope): readonly ReportBlock[] {
  return days > mostSingleDays ? outcomeTables(outcomes(timeline.changes)) : changeTables(timeline, zone);
}

function changeTables(timeline: DriftTimeline, zone: string): ReportBlock[] {
  return [
    ...changeTable('Regressions', timeline, zone, (one) => one.severity !== null),
    ...changeTable('Improvements', timeline, zone, (one) => one.class === 'improvement'),
    ...changeTable(
      'Other changes',
      timeline,
      zone,
      (one) => one.severity === null && one.class !== 'improvement',
    ),
  ];
}

/** Why there is nothing to report. */
export function noSnapshot(last: Date | null, scope: ReportScope): Extract<ReportBlock, { kind: 'line' }> {
  const whose = scope.framework === null ? '' : ' of this framework';
  return {
    kind: 'line',
    tone: 'notice',
    text:
      last === null
        ? `There is no snapshot${whose} yet: 'opsdeck-jobs run-job compliance-drift' takes one.`
        : `There is no snapshot${whose} in this time; the last one was taken on ${local(last, scope.zone)}.`,
  };
}

function summary(timeline: DriftTimeline, controls: readonly ControlOutcome[]): ReportBlock[] {
  const { regressions, improvements } = countChanges(timeline.changes);
  const { worse, net, ...counts } = countOutcomes(controls);
  const row = (what: string, count: number, changes: number | null, tone: Tone): (string | Cell)[] => [
    what,
    count === 0 ? '0' : { text: String(count), tone },
    changes === null ? '-' : String(changes),
  ];
  const apart = (what: string, count: number) => (count === 0 ? [] : [row(what, count, null, 'plain')]);
  const netTone = net < 0 ? 'bad' : 'good';
  return [
    { kind: 'heading', text: 'Summary' },
    {
      kind: 'table',
      columns: ['at the end, compared with the start', 'controls', 'changes'],
      rows: [
        row('critical regressions', worse.critical, regressions.critical, severityTone('critical')),
        row('high regressions', worse.high, regressions.high, severityTone('high')),
        row('medium regressions', worse.medium, regressions.medium, severityTone('medium')),
        row('improvements', counts.better, improvements, 'good'),
        ['net change', { text: net > 0 ? `+${net}` : String(net), tone: net === 0 ? 'plain' : netTone }, '-'],
        ...apart('changed back in between', counts.changed_back),
        ...apart('first measured', counts.first_measurement),
        ...apart('scope changed', counts.scope),
        ...apart('evaluation changed or lost', counts.evaluation),
      ],
    },
  ];
}

const outcomeTitles: ReadonlyArray<readonly [title: string, outcomes: readonly Outcome[]]> = [
  ['Worse at the end', ['worse']],
  ['Better at the end', ['better']],
  ['Changed back in between', ['changed_back']],
  ['Other controls', ['first_measurement', 'scope', 'evaluation']],
];

/** Of a long period a line a control, not one a change. */
function outcomeTables(controls: readonly ControlOutcome[]): ReportBlock[] {
  return outcomeTitles.flatMap(([title, wanted]): ReportBlock[] => {
    const rows = controls
      .filter(({ outcome }) => wanted.includes(outcome))
      .toSorted(
        (a, b) =>
          severityRank(a.severity) - severityRank(b.severity) ||
          identifiers.compare(a.frameworkName, b.frameworkName) ||
          identifiers.compare(a.controlId, b.controlId),
      );
    if (rows.length === 0) return [];
    return [
      { kind: 'heading', text: title },
      {
        kind: 'table',
        columns: ['framework', 'control', 'name', 'change', 'kind', 'changes', 'last cause'],
        rows: rows.map((one) => [
          one.frameworkName,
          one.controlId,
          one.controlName,
          one.from === null && one.to === null ? '-' : `${words(one.from)} → ${words(one.to)}`,
          one.severity === null ? one.outcome.replaceAll('_', ' ') : severityCell(one.severity),
          String(one.changes),
          causeText(one.cause),
        ]),
      },
    ];
  });
}

function changeTable(
  title: string,
  timeline: DriftTimeline,
  zone: string,
  belongs: (change: TimelineChange) => boolean,
): ReportBlock[] {
  const changes = timeline.changes
    .filter(belongs)
    .toSorted(
      (a, b) =>
        severityRank(a.severity) - severityRank(b.severity) ||
        a.auditId - b.auditId ||
        identifiers.compare(a.frameworkName, b.frameworkName) ||
        identifiers.compare(a.controlId, b.controlId),
    );
  if (changes.length === 0) return [];
  return [
    { kind: 'heading', text: title },
    {
      kind: 'table',
      columns: ['found', 'framework', 'control', 'name', 'change', 'kind', 'cause'],
      rows: changes.map((one) => [
        local(one.detectedAt, zone),
        one.frameworkName,
        one.controlId,
        one.controlName,
        one.from === null && one.to === null ? '-' : `${words(one.from)} → ${words(one.to)}`,
        one.severity === null ? one.class.replaceAll('_', ' ') : severityCell(one.severity),
        one.flapping ? `${causeText(one.cause)} (flapping)` : causeText(one.cause),
      ]),
    },
  ];
}

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

const phrases: Readonly<Record<string, string>> = causes;

/** A word of a later version of the program is shown as it is. */
function causeText(cause: string): string {
  return phrases[cause] ?? cause;
}

function words(word: string | null): string {
  return word === null ? 'none' : word.replaceAll('_', '-');
}

function local(instant: Date, zone: string): string {
  return format(new TZDate(instant, zone), 'yyyy-MM-dd HH:mm');
}
