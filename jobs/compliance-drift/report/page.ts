import { failOnLevels } from '../../../src/job/fail-on-levels.ts';
import type { ReportBlock } from '../../../src/job/report.ts';
import type { Figure, Picture, ReportPage, Series } from '../../../src/job/report-page.ts';
import { severityTone } from '../../../src/job/severity.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { columnsOf, stepFor, stepOf, stepsBetween } from '../../../src/time/time-steps.ts';
import { countChanges, countsBySnapshot } from './counts.ts';
import type { RecordedBefore } from './page.sql.ts';
import { driftTables, noSnapshot } from './present.ts';
import type { DriftTimeline, ReportScope, TimelineSnapshot } from './read.ts';
import { statusSeries } from './status-series.ts';
import { stateOf } from './timeline.ts';

/** The report as a page. `before`: null when the period has no snapshot. */
export function driftPage(
  timeline: DriftTimeline,
  scope: ReportScope,
  before: RecordedBefore | null,
): ReportPage {
  const { snapshots } = timeline;
  const newest = snapshots.at(-1);
  const page = {
    title: `Compliance drift, ${scope.period}`,
    about: 'Which controls got worse or better between the snapshots of the period, and how many are met.',
    words,
  };
  const facts: ReportPage['facts'] = [
    ['Period', `${dayOf(scope.from, scope.zone)} to ${dayOf(scope.to, scope.zone)}`],
    ['Frameworks', scope.framework === null ? 'all' : scope.framework.name],
    ['Snapshots', String(snapshots.length)],
  ];
  if (newest === undefined || before === null) {
    const { text } = noSnapshot(timeline.lastSnapshotAt, scope);
    return { ...page, facts, answer: { text, tone: 'notice' }, figures: [], blocks: [] };
  }
  return {
    ...page,
    facts: [
      ...facts,
      ['Newest snapshot', `${newest.auditId}, taken ${wallClock(newest.takenAt, scope.zone)}`],
      ['Chain hash of it (SHA-256)', before.chainHash],
    ],
    answer: answerOf(timeline, newest, scope.zone),
    figures: figuresOf(timeline, newest, before.counts, scope),
    blocks: [
      { kind: 'heading', text: 'Trend' },
      byTime(timeline, scope),
      ...limited(driftTables(timeline, scope)),
      { kind: 'heading', text: 'Status by framework' },
      byFramework(newest, scope.zone),
    ],
  };
}

/** A page that can still be opened: so many changes are listed, the worst first. */
const mostListed = 4000;

function limited(tables: readonly ReportBlock[]): readonly ReportBlock[] {
  let room = mostListed;
  let left = 0;
  const blocks = tables.map((block) => {
    if (block.kind !== 'table') return block;
    const rows = block.rows.slice(0, room);
    room -= rows.length;
    left += block.rows.length - rows.length;
    return { ...block, rows };
  });
  if (left === 0) return blocks;
  const text = `${count(left, 'more row is', 'more rows are')} left out; --format csv or json has every change.`;
  return [...blocks, { kind: 'line', text, tone: 'notice' }];
}

interface Met {
  readonly met: number;
  readonly applicable: number;
}

/** The oldest snapshot of the period that looked at the same frameworks. */
function comparable(
  snapshots: readonly TimelineSnapshot[],
  newest: TimelineSnapshot,
): TimelineSnapshot | null {
  const frameworksOf = (one: TimelineSnapshot) =>
    one.frameworks
      .map(({ frameworkId }) => frameworkId)
      .sort()
      .join();
  const oldest = snapshots.find((one) => frameworksOf(one) === frameworksOf(newest));
  return oldest === undefined || oldest === newest ? null : oldest;
}

function answerOf(
  timeline: DriftTimeline,
  newest: TimelineSnapshot,
  zone: string,
): NonNullable<ReportPage['answer']> {
  const { regressions, improvements } = countChanges(timeline.changes);
  const total = regressions.critical + regressions.high + regressions.medium;
  const critical = regressions.critical === 0 ? '' : ` (${regressions.critical} critical)`;
  const state = stateOf([newest]);
  return {
    text: `${count(total, 'regression')}${critical} and ${count(improvements, 'improvement')} in ${count(timeline.snapshots.length, 'snapshot')}. ${metText(state)}${changeText(timeline, newest, zone, '; ')}.`,
    tone: total === 0 ? 'good' : regressions.critical > 0 ? 'bad' : 'warning',
  };
}

function metText({ met, applicable }: Met): string {
  if (applicable === 0) return 'No control is applicable';
  return `${met} of ${count(applicable, 'applicable control')} met (${Math.floor((met / applicable) * 100)} %)`;
}

function changeText(
  { snapshots }: DriftTimeline,
  newest: TimelineSnapshot,
  zone: string,
  before = '',
): string {
  const oldest = comparable(snapshots, newest);
  if (oldest === null) return '';
  const difference = stateOf([newest]).met - stateOf([oldest]).met;
  const than = `on ${dayOf(oldest.takenAt, zone)}`;
  if (difference === 0) return `${before}as many as ${than}`;
  return `${before}${Math.abs(difference)} ${difference > 0 ? 'more' : 'fewer'} than ${than}`;
}

function figuresOf(
  timeline: DriftTimeline,
  newest: TimelineSnapshot,
  before: RecordedBefore['counts'],
  { zone }: ReportScope,
): readonly Figure[] {
  const { regressions, improvements } = countChanges(timeline.changes);
  const { met, applicable } = stateOf([newest]);
  const change = changeText(timeline, newest, zone);
  const since = (earlier: number | undefined) =>
    earlier === undefined ? {} : { change: `${earlier} in the period before` };
  return [
    {
      value: String(met),
      of: `of ${applicable}`,
      name: 'controls met',
      ...(change === '' ? {} : { change }),
    },
    ...failOnLevels.map((level) => ({
      value: String(regressions[level]),
      name: `${level} regressions`,
      ...since(before?.[level]),
      ...(regressions[level] === 0 ? {} : { tone: severityTone(level) }),
    })),
    { value: String(improvements), name: 'improvements', ...since(before?.improvement) },
  ];
}

function byTime(timeline: DriftTimeline, scope: ReportScope): Picture {
  const { zone } = scope;
  const step = stepFor(scope.days);
  const startOf = (instant: Date) => stepOf(instant, step, zone);
  const columns = stepsBetween(startOf(scope.from), startOf(scope.to), step);
  const foundBy = countsBySnapshot(timeline);
  const sum = (column: string, value: (found: ReturnType<typeof foundBy>) => number) =>
    timeline.snapshots
      .filter(({ takenAt }) => startOf(takenAt) === column)
      .reduce((total, snapshot) => total + value(foundBy(snapshot)), 0);
  const series: Series[] = failOnLevels.map((level) => ({
    name: `${level} regressions`,
    paint: level,
    values: columns.map((column) => sum(column, ({ regressions }) => regressions[level])),
  }));
  return {
    kind: 'columns',
    title: `Share of met controls, and changes by ${step}`,
    description: `Above: the share of applicable controls that were met at the end of each ${step}. Below: regressions upwards by severity, improvements downwards.`,
    ...columnsOf(columns, step),
    series: [
      ...series,
      {
        name: 'improvements',
        paint: 'good',
        below: true,
        values: columns.map((column) => sum(column, ({ improvements }) => improvements)),
      },
    ],
    share: {
      name: 'met',
      values: columns.map((column) =>
        shareMet(timeline.snapshots.filter(({ takenAt }) => startOf(takenAt) === column)),
      ),
    },
  };
}

function shareMet(snapshots: readonly TimelineSnapshot[]): number | null {
  const { met, applicable } = stateOf(snapshots);
  return applicable === 0 ? null : met / applicable;
}

function byFramework(newest: TimelineSnapshot, zone: string): Picture {
  return {
    kind: 'bars',
    shares: true,
    title: `Applicable controls by status, ${wallClock(newest.takenAt, zone)}`,
    description:
      'Each bar is a framework of the newest snapshot; its parts are the shares of its applicable controls.',
    each: 'framework',
    rows: newest.frameworks.map(({ frameworkName }) => frameworkName),
    series: statusSeries.map(([name, paint, statuses]) => ({
      name,
      paint,
      values: newest.frameworks.map(({ status }) => statuses.reduce((sum, one) => sum + status[one], 0)),
    })),
  };
}

const words: ReportPage['words'] = [
  ['snapshot', 'The stored status of all controls at one time.'],
  ['regression', "A control's status got worse. Its severity shows how much."],
  ['improvement', "A control's status got better."],
  ['met', 'Compliant, or attested by a person (manual). Unknown and uncovered controls do not count as met.'],
  ['applicable', 'Not excluded as not applicable.'],
  ['uncovered', 'No rule and no assessment judges the control.'],
  ['flapping', 'The status changed back and forth between the latest snapshots.'],
  ['chain hash', 'Covers this snapshot and all before it; `verify drift` computes it again.'],
];
