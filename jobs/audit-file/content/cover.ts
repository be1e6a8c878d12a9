import type { ReportBlock, StreamedTable } from '../../../src/job/report.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import type { ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { MonitoringChanges } from '../../changes/report/read.ts';
import type { DisposalReport } from '../../data-retention/report/read.ts';
import type { AuditFormat, AuditList, NotIncluded } from './audit-list.ts';
import { editionDocument } from '../../compliance-drift/import/oscal/edition.sql.ts';
import { type Catalog, catalogWords } from './catalog.ts';
import { type HeadTimestamp, timestampWords } from '../zip/manifest.ts';
import { firingColumns, firingRow, type JobFirings } from './runs.ts';

export interface Cover {
  readonly catalog: Catalog;
  readonly first: string;
  readonly last: string;
  readonly controls: number;
  readonly daysWithout: number;
  readonly days: number;
  readonly firings: readonly JobFirings[];
  readonly removedRuns: ReadonlyArray<{ readonly job: string; readonly runs: number }>;
  readonly retention: DisposalReport;
  readonly changes: MonitoringChanges;
  readonly head: { readonly day: string; readonly hash: string } | null;
  readonly timestamp: HeadTimestamp | null;
  readonly lists: readonly AuditList[];
  readonly missing: readonly NotIncluded[];
  readonly pseudonyms: boolean;
}

/** Scope, completeness and accuracy of the whole file. */
export function coverForms(cover: Cover, { origin }: AuditFormat): ReportForms {
  const blocks = blocksOf(cover);
  return {
    title,
    present: () => blocks,
    page: () => coverPage(cover, blocks, origin.zone),
    document: () => ({ before: coverDocument(cover) }),
    rows: (): StreamedTable => ({
      kind: 'rows',
      columns: listColumns,
      rows: () => cover.lists.map((one) => listRow(one, origin.at)),
    }),
    origin: () => origin,
  };

  function blocksOf({ firings, removedRuns, retention, changes, lists, missing }: Cover): ReportBlock[] {
    return [
      { kind: 'heading', text: 'Lists' },
      line('Each list as it was read from the database at the time in its row, in one consistent view.'),
      { kind: 'table', columns: listColumns, rows: lists.map((one) => listRow(one, origin.at)) },
      { kind: 'heading', text: 'Not included' },
      ...(missing.length === 0
        ? [line('Everything that this file can have is in it.')]
        : [
            table(
              ['what', 'why'],
              missing.map(({ what, why }) => [what, why]),
            ),
          ]),
      { kind: 'heading', text: 'Scheduled runs that were due' },
      ...(firings.length === 0
        ? [line('No scheduled run is recorded in the period.', 'warning')]
        : [table(firingColumns, firings.map(firingRow))]),
      ...removedRuns.map(({ job, runs }) =>
        line(
          `Of ${job}, ${count(runs, 'successful run')} of the period were removed from the history since; the table does not count them.`,
        ),
      ),
      { kind: 'heading', text: 'What retention removed' },
      ...(retention.disposals.length === 0
        ? [line('Nothing in the period.')]
        : [
            table(
              ['table', 'policy', 'action', 'rows', 'related rows'],
              retention.disposals.map((one) => [
                ...[one.table, one.policy, one.action, String(one.rows), String(one.related)],
              ]),
            ),
          ]),
      { kind: 'heading', text: 'Settings changed in the period' },
      line(
        `${count(changes.settings.length, 'setting')} or versions, ${count(changes.decisions.length, 'switch or pause', 'switches or pauses')} of jobs and notifications, and ${count(changes.rules.length, 'change')} of rules: see 11-changes-of-the-monitoring.`,
      ),
      line(
        changes.recordedSince === null
          ? 'No run has recorded its settings.'
          : `Settings are recorded since ${changes.recordedSince.toISOString()}.`,
      ),
    ];
  }
}

const title = "Auditor's file";
const listColumns = ['place', 'list', 'source', 'filter', 'count', 'read at'];

function listRow(
  { place, title: name, source, filter, count: rows }: AuditList,
  at: Date,
): readonly string[] {
  return [place, name, source, filter, String(rows), at.toISOString()];
}

function line(text: string, tone?: 'warning'): ReportBlock {
  return { kind: 'line', text, ...(tone === undefined ? {} : { tone }) };
}

function table(columns: readonly string[], rows: ReadonlyArray<readonly string[]>): ReportBlock {
  return { kind: 'table', columns, rows };
}

function coverPage(cover: Cover, blocks: readonly ReportBlock[], zone: string): ReportPage {
  const { catalog, first, last, controls, days, daysWithout, head, timestamp, missing, pseudonyms } = cover;
  return {
    title,
    about: 'What the monitoring recorded about a framework in a period, for a test by an auditor.',
    facts: [
      ['Framework', catalog.framework],
      ['Catalog', catalogWords(catalog, zone)],
      ['Period', `${first} to ${last}`],
      ['People', pseudonyms ? 'pseudonyms; the key is not in this file' : 'by name'],
      ['Record head', head === null ? 'none was taken yet' : `${head.day}: sha256 ${head.hash}`],
      ['Time stamp', timestamp === null ? 'none is stored' : timestampWords(timestamp)],
    ],
    answer: {
      text: `${count(controls, 'control')}; ${daysWithout} of ${count(days, 'day')} without an evaluation; ${count(missing.length, 'thing')} not included.`,
      tone: daysWithout + missing.length === 0 ? 'plain' : 'warning',
    },
    figures: [
      { value: String(controls), name: 'controls' },
      { value: String(daysWithout), of: `of ${days}`, name: 'days without an evaluation' },
      { value: String(missing.length), name: 'not included' },
    ],
    blocks,
    words: [
      ['count', 'Rows of the list, counted when it was read. A table for testing has as many rows.'],
      [
        'number',
        'Of a control or an execution: the same in all tables, so that a sample can be found again.',
      ],
      ['expected', 'Scheduled runs that were due in the period, by the schedule of then.'],
      ['missed', 'Not started, because nothing looked after the schedule.'],
    ],
  };
}

function coverDocument(cover: Cover): JsonObject {
  const { catalog, first, last, controls, days, daysWithout, firings, head, timestamp, lists, missing } =
    cover;
  return {
    report: 'audit file',
    framework: catalog.framework,
    catalog: {
      ...editionDocument(catalog.edition),
      fingerprint: catalog.fingerprint,
      controls: catalog.controls,
    },
    from: first,
    to: last,
    controls,
    days,
    days_without_evaluation: daysWithout,
    record_head: head === null ? null : { day: head.day, hash: head.hash },
    timestamp:
      timestamp === null
        ? null
        : {
            ...{ day: timestamp.day, hash: timestamp.hash, at: timestamp.stampedAt.toISOString() },
            service: new URL(timestamp.url).host,
          },
    people: cover.pseudonyms ? 'pseudonyms' : 'names',
    scheduled_runs: firings.map((one) => ({ ...one })),
    removed_runs: cover.removedRuns.map((one) => ({ ...one })),
    lists: lists.map(({ place, title: name, source, filter, count: rows }) => ({
      ...{ place, title: name, source, filter, count: rows },
    })),
    not_included: missing.map((one) => ({ ...one })),
  };
}
