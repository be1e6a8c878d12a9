import { TZDate } from '@date-fns/tz/date';
import { startOfDay } from 'date-fns/startOfDay';
import { subDays } from 'date-fns/subDays';
import type { FailOnLevel } from '../../../src/job/fail-on-levels.ts';
import type { ChangeClass } from '../classify.ts';
import type { ControlStatus } from '../status.ts';

/** One snapshot of the window. */
export interface TimelineSnapshot {
  readonly auditId: number;
  readonly takenAt: Date;
  readonly frameworks: readonly {
    readonly frameworkId: number;
    readonly frameworkName: string;
    /** null: the first of this framework; there was nothing to compare it with. */
    readonly previousAuditId: number | null;
    readonly controls: number;
    readonly status: Readonly<Record<ControlStatus, number>>;
  }[];
}

/** One change found by a snapshot of the window. */
export interface TimelineChange {
  readonly auditId: number;
  readonly detectedAt: Date;
  readonly frameworkId: number;
  readonly frameworkName: string;
  readonly controlId: string;
  readonly controlName: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly class: ChangeClass;
  readonly severity: FailOnLevel | null;
  readonly cause: string;
  readonly flapping: boolean;
}

/** What was recorded in the window, oldest first. */
export interface DriftTimeline {
  readonly snapshots: readonly TimelineSnapshot[];
  readonly changes: readonly TimelineChange[];
  /** The newest snapshot there is, inside the window or before it; null: none. */
  readonly lastSnapshotAt: Date | null;
}

/** What the report is about, besides what was recorded. */
export interface ReportScope {
  /** The database's label. */
  readonly database: string;
  /** The business zone: days and times are shown in it. */
  readonly zone: string;
  readonly days: number;
  readonly from: Date;
  readonly to: Date;
  readonly framework: { readonly id: number; readonly name: string } | null;
}

/** From the beginning of the day `days` days ago in the business zone: last Monday's 09:00 check is within seven days this Monday at 09:00. */
export function windowStart(now: Date, days: number, zone: string): Date {
  return new Date(startOfDay(subDays(new TZDate(now, zone), days)).getTime());
}

/** Everything that the report counts. */
interface Counts {
  readonly regressions: Readonly<Record<FailOnLevel, number>>;
  readonly improvements: number;
  /** Improvements less regressions: below zero it is getting worse. */
  readonly net: number;
}

/** Counts a set of changes. */
export function countChanges(changes: readonly TimelineChange[]): Counts {
  const regressions = { critical: 0, high: 0, medium: 0 };
  for (const { severity } of changes) if (severity !== null) regressions[severity] += 1;
  const improvements = ofClass(changes, 'improvement');
  return {
    regressions,
    improvements,
    net: improvements - regressions.critical - regressions.high - regressions.medium,
  };
}

export function ofClass(changes: readonly TimelineChange[], kind: TimelineChange['class']): number {
  return changes.filter((one) => one.class === kind).length;
}

/** What each snapshot found. */
export function countsBySnapshot(timeline: DriftTimeline): (snapshot: TimelineSnapshot) => Counts {
  const changes = new Map<number, TimelineChange[]>();
  for (const snapshot of timeline.snapshots) changes.set(snapshot.auditId, []);
  for (const change of timeline.changes) changes.get(change.auditId)?.push(change);
  return (snapshot) => countChanges(changes.get(snapshot.auditId) ?? []);
}
