import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import type { Cell, Report, ReportBlock, Tone } from '../../../src/job/report.ts';
import { severityCell, severityRank, severityTone } from '../../../src/job/severity.ts';
import { causes } from '../cause.ts';
import { countChanges, countsBySnapshot } from './counts.ts';
import type { DriftTimeline, ReportScope, TimelineChange, TimelineSnapshot } from './read.ts';

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
  return [
    ...header,
    ...summary(timeline),
    ...trend(timeline, scope.zone),
    ...changeTable('Regressions', timeline, scope.zone, (one) => one.severity !== null),
    ...changeTable('Improvements', timeline, scope.zone, (one) => one.class === 'improvement'),
    ...changeTable(
      'Other changes',
      timeline,
      scope.zone,
      (one) => one.severity === null && one.class !== 'improvement',
    ),
  ];
}

function noSnapshot(last: Date | null, scope: ReportScope): ReportBlock {
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

function summary(timeline: DriftTimeline): ReportBlock[] {
  const { regressions, improvements, net } = countChanges(timeline.changes);
  const row = (what: string, count: number, tone: Tone): (string | Cell)[] => [
    what,
    count === 0 ? '0' : { text: String(count), tone },
  ];
  const netTone = net < 0 ? 'bad' : 'good';
  return [
    { kind: 'heading', text: 'Summary' },
    {
      kind: 'table',
      columns: ['change', 'controls'],
      rows: [
        row('critical regressions', regressions.critical, severityTone('critical')),
        row('high regressions', regressions.high, severityTone('high')),
        row('medium regressions', regressions.medium, severityTone('medium')),
        row('improvements', improvements, 'good'),
        ['net change', { text: net > 0 ? `+${net}` : String(net), tone: net === 0 ? 'plain' : netTone }],
      ],
    },
  ];
}

const barWidth = 20;

function trend(timeline: DriftTimeline, zone: string): ReportBlock[] {
  const foundBy = countsBySnapshot(timeline);
  return [
    { kind: 'heading', text: 'Timeline' },
    {
      kind: 'table',
      columns: ['taken', 'snapshot', 'applicable', 'state', 'met', 'regressions', 'improvements'],
      rows: timeline.snapshots.map((snapshot) => {
        const state = stateOf(snapshot);
        const { regressions, improvements } = foundBy(snapshot);
        const total = regressions.critical + regressions.high + regressions.medium;
        return [
          local(snapshot.takenAt, zone),
          String(snapshot.auditId),
          String(state.applicable),
          bar(state),
          state.applicable === 0 ? '-' : `${Math.floor((state.met / state.applicable) * 100)} %`,
          total === 0 ? '0' : { text: String(total), tone: regressions.critical > 0 ? 'bad' : 'warning' },
          improvements === 0 ? '0' : { text: String(improvements), tone: 'good' },
        ];
      }),
    },
    { kind: 'line', text: '█ compliant or manual  ▒ warning  ░ non-compliant, uncovered or unknown' },
  ];
}

interface SnapshotState {
  readonly applicable: number;
  /** Compliant or manual. */
  readonly met: number;
  readonly warning: number;
}

function stateOf(snapshot: TimelineSnapshot): SnapshotState {
  let [applicable, met, warning] = [0, 0, 0];
  for (const { status, controls } of snapshot.frameworks) {
    applicable += controls - status.not_applicable;
    met += status.compliant + status.manual;
    warning += status.warning;
  }
  return { applicable, met, warning };
}

/** Rounded down from the good side: a bar is full only when nothing is wrong. */
function bar({ applicable, met, warning }: SnapshotState): string {
  if (applicable === 0) return '';
  const upTo = (controls: number) => Math.floor((controls / applicable) * barWidth);
  const good = upTo(met);
  const tolerable = upTo(met + warning) - good;
  return '█'.repeat(good) + '▒'.repeat(tolerable) + '░'.repeat(barWidth - good - tolerable);
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
        `${words(one.from)} → ${words(one.to)}`,
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
