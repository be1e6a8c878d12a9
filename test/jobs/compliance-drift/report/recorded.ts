import type {
  DriftTimeline,
  ReportScope,
  TimelineChange,
  TimelineSnapshot,
} from '../../../../jobs/compliance-drift/report/read.ts';

/** A report's scope: thirty days, in Madrid, over all frameworks. */
export const scope: ReportScope = {
  database: 'embedded database in /var/lib/opsdeck-jobs',
  zone: 'Europe/Madrid',
  days: 30,
  period: 'last 30 days',
  from: new Date('2026-10-23T22:00:00Z'),
  to: new Date('2026-11-23T08:05:00Z'),
  framework: null,
};

export function snapshot(
  auditId: number,
  takenAt: string,
  status: Partial<TimelineSnapshot['frameworks'][number]['status']> = {},
): TimelineSnapshot {
  const all = {
    compliant: 0,
    warning: 0,
    non_compliant: 0,
    manual: 0,
    uncovered: 0,
    not_applicable: 0,
    unknown: 0,
    ...status,
  };
  return {
    auditId,
    takenAt: new Date(takenAt),
    frameworks: [
      {
        frameworkId: 1,
        frameworkName: 'ISO 27001',
        previousAuditId: auditId === 1 ? null : auditId - 1,
        controls: Object.values(all).reduce((sum, count) => sum + count, 0),
        status: all,
      },
    ],
  };
}

export function change(auditId: number, changed: Partial<TimelineChange> = {}): TimelineChange {
  return {
    auditId,
    detectedAt: new Date('2026-11-16T08:00:00Z'),
    frameworkId: 1,
    frameworkName: 'ISO 27001',
    // One a control.
    controlKey: [...(changed.controlId ?? 'A.5.1')].reduce(
      (key, letter) => key * 31 + letter.charCodeAt(0),
      7,
    ),
    controlId: 'A.5.1',
    controlName: 'Policies',
    from: 'compliant',
    to: 'non_compliant',
    class: 'regression',
    severity: 'critical',
    cause: 'evidence_aged',
    flapping: false,
    ...changed,
  };
}

/** Three Mondays: a baseline, one with a change of every kind, and a quiet one. */
export const timeline: DriftTimeline = {
  snapshots: [
    snapshot(1, '2026-11-09T08:00:00Z', { compliant: 9, warning: 1, not_applicable: 2 }),
    snapshot(2, '2026-11-16T08:00:00Z', { compliant: 6, manual: 1, warning: 1, non_compliant: 2 }),
    snapshot(3, '2026-11-23T08:00:00Z', { compliant: 10 }),
  ],
  changes: [
    change(2, { controlId: 'M', to: 'manual', severity: 'medium' }),
    change(2, { controlId: 'L', to: 'uncovered', class: 'coverage_lost', severity: 'medium' }),
    change(2, { controlId: 'H', to: 'warning', severity: 'high' }),
    change(2, { controlId: 'C', flapping: true }),
    change(2, { controlId: 'F', from: 'uncovered', class: 'first_measurement', severity: null }),
    change(2, { controlId: 'I', from: 'warning', to: 'compliant', class: 'improvement', severity: null }),
    change(2, { controlId: 'N', from: null, class: 'control_added', severity: null }),
    change(2, { controlId: 'R', to: null, class: 'control_removed', severity: null }),
    change(2, { controlId: 'X', to: 'not_applicable', class: 'became_not_applicable', severity: null }),
    change(2, { controlId: 'Y', from: 'not_applicable', class: 'became_applicable', severity: null }),
    change(2, { controlId: 'U', to: 'unknown', class: 'evaluation_lost', severity: null }),
    change(2, { controlId: 'V', from: 'unknown', class: 'evaluation_restored', severity: null }),
  ],
  lastSnapshotAt: new Date('2026-11-23T08:00:00Z'),
};
