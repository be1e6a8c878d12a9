import type { StreamedTable } from '../../../src/job/report.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { countChanges, countsBySnapshot, ofClass } from './counts.ts';
import { countOutcomes, outcomes } from './ends.ts';
import type { DriftTimeline, ReportScope } from './read.ts';

/** The JSON document, without `schema`. Times are ISO 8601 in UTC; the status words are those of `run-job --json`. */
export function driftDocument(timeline: DriftTimeline, scope: ReportScope): JsonObject {
  const { changes } = timeline;
  const counts = countChanges(changes);
  const foundBy = countsBySnapshot(timeline);
  const { net, ...controls } = countOutcomes(outcomes(changes));
  return {
    report: 'drift',
    database: scope.database,
    timezone: scope.zone,
    days: scope.days,
    from: scope.from.toISOString(),
    to: scope.to.toISOString(),
    framework: scope.framework,
    regressions: counts.regressions,
    improvements: counts.improvements,
    net_change: net,
    controls,
    first_measurements: ofClass(changes, 'first_measurement'),
    scope: {
      added: ofClass(changes, 'control_added'),
      removed: ofClass(changes, 'control_removed'),
      became_not_applicable: ofClass(changes, 'became_not_applicable'),
      became_applicable: ofClass(changes, 'became_applicable'),
      renumbered: ofClass(changes, 'renumbered'),
      requirements_replaced: ofClass(changes, 'requirement_replaced'),
    },
    evaluation: {
      lost: ofClass(changes, 'evaluation_lost'),
      restored: ofClass(changes, 'evaluation_restored'),
    },
    last_snapshot_at: timeline.lastSnapshotAt?.toISOString() ?? null,
    snapshots: timeline.snapshots.map((snapshot) => {
      const own = foundBy(snapshot);
      return {
        snapshot_id: snapshot.auditId,
        taken_at: snapshot.takenAt.toISOString(),
        regressions: own.regressions,
        improvements: own.improvements,
        frameworks: snapshot.frameworks.map((one) => ({
          id: one.frameworkId,
          name: one.frameworkName,
          previous_snapshot_id: one.previousAuditId,
          controls: one.controls,
          status: one.status,
        })),
      };
    }),
    changes: changes.map((one) => ({
      snapshot_id: one.auditId,
      detected_at: one.detectedAt.toISOString(),
      framework_id: one.frameworkId,
      framework: one.frameworkName,
      control_id: one.controlId,
      name: one.controlName,
      from: one.from,
      to: one.to,
      class: one.class,
      severity: one.severity,
      cause: one.cause,
      flapping: one.flapping,
    })),
  };
}

/** One table, a row a change with everything that is known of it: what the CSV is made from. */
export function driftRows(timeline: DriftTimeline): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      'snapshot_id',
      'detected_at',
      'framework_id',
      'framework',
      'control_id',
      'name',
      'from',
      'to',
      'class',
      'severity',
      'cause',
      'flapping',
    ],
    rows: () =>
      timeline.changes.map((one) => [
        String(one.auditId),
        one.detectedAt.toISOString(),
        String(one.frameworkId),
        one.frameworkName,
        one.controlId,
        one.controlName,
        one.from ?? '',
        one.to ?? '',
        one.class,
        one.severity ?? '',
        one.cause,
        String(one.flapping),
      ]),
  };
}
