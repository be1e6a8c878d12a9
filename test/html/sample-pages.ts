import { driftPage } from '../../jobs/compliance-drift/report/page.ts';
import type { DriftTimeline, TimelineSnapshot } from '../../jobs/compliance-drift/report/read.ts';
import { type PageOrigin, pagePieces } from '../../src/html/page.tsx';
import { plainPage } from '../../src/html/plain-page.ts';
import type { StreamedReport } from '../../src/job/report.ts';
import type { ReportPage } from '../../src/job/report-page.ts';
import { change, scope, snapshot } from '../jobs/compliance-drift/report/recorded.ts';

/** Markup, quotes, attributes, controls, characters that turn the direction of writing, and a word without a break. */
const hostile = `"><img src=x onerror=alert(1)>'</style></title><script>alert(2)</script> \u202egnp.exe\u0000\u0007\u200b ${'W'.repeat(90)}`;

export const origin: PageOrigin = {
  database: `PostgreSQL ${hostile}`,
  zone: 'Europe/Madrid',
  at: new Date('2026-11-23T08:05:00Z'),
  organisation: hostile,
  person: hostile,
  version: '1.2.3',
};

function manyWeeks(name: string): DriftTimeline {
  const weeks = Array.from({ length: 13 }, (_, week) => week);
  const takenAt = (week: number) => new Date(Date.UTC(2026, 7, 31 + 7 * week, 8)).toISOString();
  const named = (one: TimelineSnapshot): TimelineSnapshot => ({
    ...one,
    frameworks: one.frameworks.flatMap((framework) => [
      { ...framework, frameworkName: name },
      { ...framework, frameworkId: 2, frameworkName: 'NIST SP 800-53' },
    ]),
  });
  const words = { frameworkName: name, controlName: name, controlId: name };
  return {
    snapshots: weeks.map((week) =>
      named(
        snapshot(week + 1, takenAt(week), {
          compliant: 25 - (week % 4),
          manual: 6,
          warning: week % 4,
          non_compliant: 5,
          uncovered: 3,
          unknown: 1,
        }),
      ),
    ),
    changes: weeks
      .slice(1)
      .flatMap((week) => [
        ...Array.from({ length: week % 3 }, () => change(week + 1, { ...words, severity: 'critical' })),
        ...Array.from({ length: (week * 2) % 4 }, () =>
          change(week + 1, { severity: 'high', to: 'warning' }),
        ),
        ...Array.from({ length: (week * 3) % 5 }, () =>
          change(week + 1, { severity: 'medium', flapping: true }),
        ),
        ...Array.from({ length: (week * 7) % 6 }, () =>
          change(week + 1, { class: 'improvement', severity: null, from: name, to: 'compliant' }),
        ),
      ]),
    lastSnapshotAt: new Date(takenAt(12)),
  };
}

const before = { chainHash: 'ab'.repeat(32), counts: { critical: 1, high: 4, medium: 0, improvement: 9 } };

/** A report of every kind of block, with a hostile text in each place that has one. */
const report: StreamedReport = [
  { kind: 'heading', text: `Access review: ${hostile}` },
  { kind: 'line', text: `Database: ${hostile}` },
  { kind: 'line', text: `Program version: ${hostile}` },
  { kind: 'line', text: `Not signed off ${hostile}`, tone: 'bad' },
  { kind: 'heading', text: hostile },
  {
    kind: 'table',
    columns: ['Severity', hostile, 'Rows', 'Owner'],
    rows: [
      [{ text: 'critical', tone: 'bad' }, hostile, '12', 'person.with.a.long.name@department.example.org'],
      [{ text: 'medium', tone: 'notice' }, '2026-11-30 09:00', '3', ''],
      [{ text: hostile, tone: 'warning' }, { text: hostile, tone: 'good' }, '4', hostile],
    ],
  },
  {
    kind: 'rows',
    columns: [hostile, 'b'],
    rows: () => Array.from({ length: 30 }, (_, row) => [hostile, `row ${row}`]),
  },
];

const driftScope = {
  ...scope,
  days: 90,
  period: 'last 90 days',
  from: new Date('2026-08-30T22:00:00Z'),
  framework: { id: 1, name: hostile },
  database: hostile,
};

export const pages: Readonly<Record<string, ReportPage>> = {
  drift: driftPage(manyWeeks(hostile), driftScope, before),
  'drift without a snapshot': driftPage(
    { snapshots: [], changes: [], lastSnapshotAt: null },
    driftScope,
    null,
  ),
  'a report without a page of its own': plainPage('Sample', report),
};

export async function written(page: ReportPage, made = origin): Promise<string> {
  let text = '';
  for await (const piece of pagePieces(page, made)) text += piece;
  return text;
}
