import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import type { Cell, ReportBlock } from '../../../src/job/report.ts';
import { stepOf } from '../../../src/time/time-steps.ts';
import { countChanges } from './counts.ts';
import type { DriftTimeline, TimelineChange, TimelineSnapshot } from './read.ts';

/** More days than this are shown by week, … */
export const mostSingleDays = 90;
/** … and more than this by month. */
const mostWeeks = 366;

const barWidth = 20;

/** Snapshots that share a line: one, or those of a week or a month. */
interface Step {
  readonly label: string;
  readonly snapshots: TimelineSnapshot[];
  readonly changes: TimelineChange[];
}

/** A bar for each snapshot, week or month, with what was found in it. */
export function trend(timeline: DriftTimeline, zone: string, days: number): ReportBlock[] {
  const step = days <= mostSingleDays ? 'snapshot' : days <= mostWeeks ? 'week' : 'month';
  const label = (snapshot: TimelineSnapshot): string => {
    if (step === 'snapshot') return String(snapshot.auditId);
    const first = stepOf(snapshot.takenAt, step, zone);
    return step === 'week' ? first : first.slice(0, 7);
  };
  return [
    { kind: 'heading', text: 'Timeline' },
    {
      kind: 'table',
      columns: [
        ...(step === 'snapshot'
          ? ['taken', 'snapshot']
          : [step === 'week' ? 'week from' : 'month', 'snapshots']),
        ...['applicable', 'state', 'met', 'regressions', 'improvements'],
      ],
      rows: stepsOf(timeline, label).map((one) => [
        step === 'snapshot'
          ? one.snapshots.map((s) => format(new TZDate(s.takenAt, zone), 'yyyy-MM-dd HH:mm')).join()
          : one.label,
        step === 'snapshot' ? one.label : String(one.snapshots.length),
        ...cells(one),
      ]),
    },
    { kind: 'line', text: '█ compliant or manual  ▒ warning  ░ non-compliant, uncovered or unknown' },
  ];
}

function stepsOf(timeline: DriftTimeline, label: (snapshot: TimelineSnapshot) => string): readonly Step[] {
  const steps = new Map<string, Step>();
  const ofSnapshot = new Map<number, Step>();
  for (const snapshot of timeline.snapshots) {
    const name = label(snapshot);
    const step = steps.get(name) ?? { label: name, snapshots: [], changes: [] };
    step.snapshots.push(snapshot);
    steps.set(name, step);
    ofSnapshot.set(snapshot.auditId, step);
  }
  for (const change of timeline.changes) ofSnapshot.get(change.auditId)?.changes.push(change);
  return [...steps.values()];
}

function cells({ snapshots, changes }: Step): (string | Cell)[] {
  const state = stateOf(snapshots);
  const { regressions, improvements } = countChanges(changes);
  const total = regressions.critical + regressions.high + regressions.medium;
  return [
    String(state.applicable),
    bar(state),
    state.applicable === 0 ? '-' : `${Math.floor((state.met / state.applicable) * 100)} %`,
    total === 0 ? '0' : { text: String(total), tone: regressions.critical > 0 ? 'bad' : 'warning' },
    improvements === 0 ? '0' : { text: String(improvements), tone: 'good' },
  ];
}

interface SnapshotState {
  readonly applicable: number;
  /** Compliant or manual. */
  readonly met: number;
  readonly warning: number;
}

/** Of each framework the newest state. */
export function stateOf(snapshots: readonly TimelineSnapshot[]): SnapshotState {
  const newest = new Map(
    snapshots.flatMap(({ frameworks }) => frameworks.map((one) => [one.frameworkId, one])),
  );
  let [applicable, met, warning] = [0, 0, 0];
  for (const { status, controls } of newest.values()) {
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
