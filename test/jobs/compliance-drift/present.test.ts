import { describe, expect, it } from 'vitest';
import complianceDrift from '../../../jobs/compliance-drift/job.ts';
import type { DriftResult } from '../../../jobs/compliance-drift/result.ts';
import { driftParams, driftSettings } from '../../../jobs/compliance-drift/settings.ts';

const result: DriftResult = {
  snapshot_id: 12,
  snapshot_hash: 'ab'.repeat(32),
  previous_snapshot_id: 11,
  baseline: false,
  opsdeck_snapshots: 0,
  frameworks: 2,
  controls: 4,
  status: {
    compliant: 1,
    warning: 0,
    non_compliant: 1,
    manual: 0,
    uncovered: 1,
    not_applicable: 0,
    unknown: 1,
  },
  failing: [
    {
      framework: 'ISO',
      control_id: 'A.5.1',
      name: 'Policies',
      status: 'non_compliant',
      rule: 'Yearly review',
      remedy: "run the activity 'Policy review'; 12 days overdue",
    },
  ],
  regressions: { critical: 1, high: 0, medium: 1 },
  improvements: 1,
  first_measurements: 0,
  scope: {
    added: 1,
    removed: 0,
    became_not_applicable: 0,
    became_applicable: 0,
    renumbered: 0,
    requirements_replaced: 0,
    frameworks_removed: [],
  },
  evaluation: { lost: 1, restored: 0, changed: 0 },
  unread_words: [],
  flapping: 1,
  messages_queued: 2,
  alerts_without_recipient: 0,
  changes: [
    {
      framework: 'ISO',
      control_id: 'A.5.1',
      name: 'Policies',
      from: 'compliant',
      to: 'non_compliant',
      class: 'regression',
      severity: 'critical',
      cause: 'evidence_aged',
      flapping: true,
    },
    {
      framework: 'NIST',
      control_id: 'AC-2',
      name: 'Accounts',
      from: 'warning',
      to: 'uncovered',
      class: 'coverage_lost',
      severity: 'medium',
      cause: 'rule_removed',
    },
    {
      framework: 'ISO',
      control_id: 'A.5.2',
      name: 'Roles',
      from: null,
      to: 'uncovered',
      class: 'control_added',
      severity: null,
      cause: 'control_added',
    },
  ],
};

describe('the result for people', () => {
  it('is a table a framework, worst first, then a summary', () => {
    const columns = ['control', 'name', 'change', 'severity', 'cause'];
    expect(complianceDrift.present(result)).toEqual([
      { kind: 'heading', text: 'ISO' },
      {
        kind: 'table',
        columns,
        rows: [
          [
            'A.5.1',
            'Policies',
            'compliant → non-compliant',
            { text: 'critical', tone: 'bad' },
            'evidence aged past its limit (flapping)',
          ],
          ['A.5.2', 'Roles', 'none → uncovered', { text: 'scope' }, 'control added'],
        ],
      },
      { kind: 'heading', text: 'NIST' },
      {
        kind: 'table',
        columns,
        rows: [
          [
            'AC-2',
            'Accounts',
            'warning → uncovered',
            { text: 'medium (coverage lost)', tone: 'notice' },
            'rule removed',
          ],
        ],
      },
      {
        kind: 'line',
        text: '2 frameworks, 4 controls: 1 compliant, 1 non-compliant, 1 uncovered, 1 unknown.',
      },
      {
        kind: 'line',
        tone: 'bad',
        text: 'Since snapshot 11: 2 regressions (1 critical, 0 high, 1 medium), 1 improvement, 1 scope change, 1 no longer evaluated, 1 flapping.',
      },
      { kind: 'line', text: 'Snapshot 12 stored; 2 messages queued.' },
      { kind: 'heading', text: 'Failing now' },
      {
        kind: 'table',
        columns: ['framework', 'control', 'name', 'status', 'remedy'],
        rows: [
          [
            'ISO',
            'A.5.1',
            'Policies',
            { text: 'non-compliant', tone: 'bad' },
            "run the activity 'Policy review'; 12 days overdue",
          ],
        ],
      },
    ]);
  });

  it('shows how many more fail than it names', () => {
    const many = { ...result, status: { ...result.status, warning: 3 } };
    expect(complianceDrift.present(many).at(-1)).toEqual({
      kind: 'line',
      text: "1 of 4 failing controls. 'opsdeck-jobs controls list --failing' lists all.",
    });
  });

  it('states of a first run that it is the baseline, and of a dry run that nothing was stored', () => {
    const first = { ...result, baseline: true, previous_snapshot_id: null, snapshot_id: null, changes: [] };
    const lines = complianceDrift.present(first).map((block) => (block.kind === 'line' ? block.text : ''));
    expect(lines.slice(1, 3)).toEqual([
      'There is no earlier snapshot to compare with: this one is the baseline.',
      'Dry run: no snapshot stored.',
    ]);
    expect(JSON.stringify(complianceDrift.present({ ...first, opsdeck_snapshots: 4 }))).toContain(
      'There is no earlier snapshot to compare with (4 snapshots by OpsDeck, not comparable): this one is the baseline.',
    );
  });
});

describe('what --fail-on judges', () => {
  it('counts this run’s regressions and the states, and knows a baseline', () => {
    expect(complianceDrift.judge?.(result)).toEqual({
      baseline: false,
      levels: { critical: 1, high: 0, medium: 1 },
      statuses: result.status,
      named: [{ status: 'non_compliant', name: 'ISO A.5.1' }],
    });
  });
});

describe('params and settings', () => {
  it.each([
    ['3', 3],
    [undefined, undefined],
  ])('takes framework %s', (given, framework) => {
    expect(driftParams.parse(given === undefined ? {} : { framework: given })).toEqual(
      framework === undefined ? {} : { framework },
    );
  });

  it.each(['0', '-1', '1.5', 'ISO', '', '2147483648'])('refuses framework %j', (framework) => {
    expect(driftParams.safeParse({ framework }).success).toBe(false);
  });

  it('refuses unknown names and has defaults', () => {
    expect(driftSettings.parse({})).toEqual({
      alert_levels: ['critical'],
      unknown_share: 0.2,
      evidence_words: {},
    });
    expect(driftSettings.safeParse({ alert_level: ['high'] }).success).toBe(false);
    expect(driftSettings.safeParse({ unknown_share: 20 }).success).toBe(false);
    expect(driftParams.safeParse({ frameworks: 1 }).success).toBe(false);
  });
});
