import type { FailOnLevel } from '../../../src/job/fail-on-levels.ts';
import type { DriftTimeline, TimelineChange, TimelineSnapshot } from './read.ts';

/** How often something got worse or better; one control can do so several times. */
interface Counts {
  readonly regressions: Readonly<Record<FailOnLevel, number>>;
  readonly improvements: number;
}

/** Counts a set of changes. */
export function countChanges(changes: readonly TimelineChange[]): Counts {
  const regressions = { critical: 0, high: 0, medium: 0 };
  for (const { severity } of changes) if (severity !== null) regressions[severity] += 1;
  return { regressions, improvements: ofClass(changes, 'improvement') };
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
