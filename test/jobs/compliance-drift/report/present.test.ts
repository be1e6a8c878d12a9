import { describe, expect, it } from 'vitest';
import { driftReport } from '../../../../jobs/compliance-drift/report/present.ts';
import type { DriftTimeline } from '../../../../jobs/compliance-drift/report/read.ts';
import type { Report } from '../../../../src/job/report.ts';
import { change, scope, snapshot, timeline } from './recorded.ts';

const nothing: DriftTimeline = { snapshots: [], changes: [], lastSnapshotAt: null };

function lines(report: Report): string[] {
  return report.flatMap((block) => ('text' in block ? [block.text] : []));
}

/** The table under a heading, as text. */
function table(report: Report, heading: string): string[][] {
  const at = report.findIndex((block) => block.kind === 'heading' && block.text === heading);
  const block = report[at + 1];
  if (at === -1 || block?.kind !== 'table') return [];
  return block.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
}

describe('the drift report for people', () => {
  it('shows where and how far back it looked, in the business zone', () => {
    expect(lines(driftReport(timeline, scope)).slice(0, 4)).toEqual([
      'Compliance drift, last 30 days',
      'Database: embedded database in /var/lib/opsdeck-jobs',
      'From 2026-10-24 00:00 to 2026-11-23 09:05 (Europe/Madrid)',
      'All frameworks',
    ]);
    const one = driftReport(timeline, { ...scope, framework: { id: 1, name: 'ISO 27001' } });
    expect(lines(one)).toContain('Framework: ISO 27001');
  });

  it('sums up by level, with the net change', () => {
    expect(table(driftReport(timeline, scope), 'Summary')).toEqual([
      ['critical regressions', '1', '1'],
      ['high regressions', '1', '1'],
      ['medium regressions', '2', '2'],
      ['improvements', '1', '1'],
      ['net change', '-3', '-'],
      ['first measured', '1', '-'],
      ['scope changed', '4', '-'],
      ['evaluation changed or lost', '2', '-'],
    ]);
  });

  it('counts a control that aged and came back once, as changed back, and not in the net change', () => {
    const aged = [
      change(2, { to: 'warning', severity: 'high' }),
      change(2, { from: 'warning' }),
      change(3, { from: 'non_compliant', to: 'compliant', class: 'improvement', severity: null }),
      change(2, { controlId: 'B', from: 'warning', to: 'compliant', class: 'improvement', severity: null }),
    ];
    expect(table(driftReport({ ...timeline, changes: aged }, scope), 'Summary')).toEqual([
      ['critical regressions', '0', '1'],
      ['high regressions', '0', '1'],
      ['medium regressions', '0', '0'],
      ['improvements', '1', '2'],
      ['net change', '+1', '-'],
      ['changed back in between', '1', '-'],
    ]);
  });

  it('has a line a week beyond 90 days, a line a month beyond a year, and a line a control', () => {
    const days = Array.from({ length: 40 }, (_, n) =>
      snapshot(n + 1, new Date(Date.UTC(2026, 9, 5 + n, 8)).toISOString(), { compliant: 9, warning: 1 }),
    );
    const long = { ...timeline, snapshots: days };
    const weekly = driftReport(long, { ...scope, days: 91 });
    expect(table(weekly, 'Timeline').map((row) => row.slice(0, 3))).toEqual([
      ['2026-10-05', '7', '10'],
      ['2026-10-12', '7', '10'],
      ['2026-10-19', '7', '10'],
      ['2026-10-26', '7', '10'],
      ['2026-11-02', '7', '10'],
      ['2026-11-09', '5', '10'],
    ]);
    expect(table(weekly, 'Worse at the end').map((row) => row.slice(1, 6))).toContainEqual([
      'C',
      'Policies',
      'compliant → non-compliant',
      'critical',
      '1',
    ]);
    const monthly = driftReport(long, { ...scope, days: 400 });
    expect(table(monthly, 'Timeline').map((row) => row.slice(0, 2))).toEqual([
      ['2026-10', '27'],
      ['2026-11', '13'],
    ]);
  });

  it('draws a bar a snapshot, full only when nothing is wrong', () => {
    expect(table(driftReport(timeline, scope), 'Timeline')).toEqual([
      ['2026-11-09 09:00', '1', '10', '██████████████████▒▒', '90 %', '0', '0'],
      ['2026-11-16 09:00', '2', '10', '██████████████▒▒░░░░', '70 %', '4', '1'],
      ['2026-11-23 09:00', '3', '10', '████████████████████', '100 %', '0', '0'],
    ]);
  });

  it('shows one failing control among a thousand', () => {
    const almost = {
      ...nothing,
      snapshots: [snapshot(1, '2026-11-09T08:00:00Z', { compliant: 999, unknown: 1 })],
    };
    expect(table(driftReport(almost, scope), 'Timeline')).toMatchObject([
      ['2026-11-09 09:00', '1', '1000', '███████████████████░', '99 %', '0', '0'],
    ]);
  });

  it('draws nothing, and divides by nothing, where no control is applicable', () => {
    const empty = { ...nothing, snapshots: [snapshot(1, '2026-11-09T08:00:00Z', { not_applicable: 3 })] };
    expect(table(driftReport(empty, scope), 'Timeline')).toMatchObject([
      ['2026-11-09 09:00', '1', '0', '', '-', '0', '0'],
    ]);
  });

  it('lists regressions worst first, then improvements, then the rest with its class', () => {
    const report = driftReport(timeline, scope);
    const controls = (heading: string) => table(report, heading).map((row) => [row[2], row[4], row[5]]);
    expect(controls('Regressions')).toEqual([
      ['C', 'compliant → non-compliant', 'critical'],
      ['H', 'compliant → warning', 'high'],
      ['L', 'compliant → uncovered', 'medium'],
      ['M', 'compliant → manual', 'medium'],
    ]);
    expect(controls('Improvements')).toEqual([['I', 'warning → compliant', 'improvement']]);
    expect(controls('Other changes').map((row) => row[2])).toEqual([
      'first measurement',
      'control added',
      'control removed',
      'evaluation lost',
      'evaluation restored',
      'became not applicable',
      'became applicable',
    ]);
    expect(table(report, 'Regressions')[0]?.[6]).toBe('evidence aged past its limit (flapping)');
  });

  it('leaves out a table that would be empty', () => {
    const quiet = { ...timeline, changes: [change(2)] };
    expect(lines(driftReport(quiet, scope))).not.toContain('Improvements');
  });

  it('reports that nothing was recorded in this time, and when something last was', () => {
    const before = { ...nothing, lastSnapshotAt: new Date('2026-01-05T08:00:00Z') };
    expect(lines(driftReport(before, scope)).at(-1)).toBe(
      'There is no snapshot in this time; the last one was taken on 2026-01-05 09:00.',
    );
  });

  it('shows how to take the first snapshot', () => {
    expect(lines(driftReport(nothing, scope)).at(-1)).toBe(
      "There is no snapshot yet: 'opsdeck-jobs run-job compliance-drift' takes one.",
    );
  });
});
