import { describe, expect, it } from 'vitest';
import { driftDocument, driftRows } from '../../../../jobs/compliance-drift/report/document.ts';
import { change, scope, timeline } from './recorded.ts';

describe('the JSON of the drift report', () => {
  it('counts every class once, and coverage lost among the medium regressions', () => {
    expect(driftDocument(timeline, scope)).toMatchObject({
      report: 'drift',
      database: 'embedded database in /var/lib/opsdeck-jobs',
      timezone: 'Europe/Madrid',
      days: 30,
      from: '2026-10-23T22:00:00.000Z',
      to: '2026-11-23T08:05:00.000Z',
      framework: null,
      regressions: { critical: 1, high: 1, medium: 2 },
      improvements: 1,
      net_change: -3,
      controls: {
        worse: { critical: 1, high: 1, medium: 2 },
        better: 1,
        changed_back: 0,
        first_measurement: 1,
        scope: 4,
        evaluation: 2,
      },
      first_measurements: 1,
      scope: {
        added: 1,
        removed: 1,
        became_not_applicable: 1,
        became_applicable: 1,
        renumbered: 0,
        requirements_replaced: 0,
      },
      evaluation: { lost: 1, restored: 1 },
      last_snapshot_at: '2026-11-23T08:00:00.000Z',
    });
  });

  it('has each snapshot with its own counts, and null where there was nothing before', () => {
    expect(driftDocument(timeline, scope)['snapshots']).toMatchObject([
      {
        snapshot_id: 1,
        taken_at: '2026-11-09T08:00:00.000Z',
        regressions: { critical: 0, high: 0, medium: 0 },
        improvements: 0,
        frameworks: [{ id: 1, name: 'ISO 27001', previous_snapshot_id: null, controls: 12 }],
      },
      { snapshot_id: 2, regressions: { critical: 1, high: 1, medium: 2 }, improvements: 1 },
      { snapshot_id: 3, frameworks: [{ previous_snapshot_id: 2, status: { compliant: 10, unknown: 0 } }] },
    ]);
  });

  it('has every field of a change', () => {
    const one = { ...timeline, changes: [change(2, { flapping: true })] };
    expect(driftDocument(one, scope)['changes']).toEqual([
      {
        snapshot_id: 2,
        detected_at: '2026-11-16T08:00:00.000Z',
        framework_id: 1,
        framework: 'ISO 27001',
        control_id: 'A.5.1',
        name: 'Policies',
        from: 'compliant',
        to: 'non_compliant',
        class: 'regression',
        severity: 'critical',
        cause: 'evidence_aged',
        flapping: true,
      },
    ]);
  });
});

describe('the rows of the CSV', () => {
  it('are one a change, with a header even when there is none', () => {
    const empty = driftRows({ ...timeline, changes: [] });
    expect(empty.columns).toHaveLength(12);
    expect(empty.rows()).toEqual([]);
    const full = driftRows({ ...timeline, changes: [change(2, { from: null, severity: null })] });
    expect(full.rows()).toEqual([
      [
        '2',
        '2026-11-16T08:00:00.000Z',
        '1',
        'ISO 27001',
        'A.5.1',
        'Policies',
        '',
        'non_compliant',
        'regression',
        '',
        'evidence_aged',
        'false',
      ],
    ]);
  });
});
