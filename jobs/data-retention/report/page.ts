import type { Figure, Picture, ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { disposalTables, titleOf } from './present.ts';
import type { DisposalReport } from './read.ts';

interface Beside {
  readonly zone: string;
  /** Of the period of the same length before. */
  readonly before: DisposalReport;
  /** The newest archive of the database; number 0: there is none. */
  readonly newest: { readonly id: number; readonly chainHash: string };
}

/** The report as a page. */
export function disposalPage(report: DisposalReport, { zone, before, newest }: Beside): ReportPage {
  const { disposals, since, to } = report;
  const [rows, earlier] = [totalsOf(report), totalsOf(before)];
  const tables = new Set(disposals.map(({ table }) => table)).size;
  return {
    title: titleOf(report),
    about: 'Which rows the policies archived, deleted or made anonymous, and where their archives are.',
    facts: [
      ['Period', `${wallClock(since, zone)} to ${wallClock(to, zone)}`],
      ...(newest.id === 0
        ? [['Newest archive', 'no archive was made yet'] as const]
        : [
            ['Newest archive of the database', String(newest.id)] as const,
            ['Chain hash of it (SHA-256)', newest.chainHash] as const,
          ]),
    ],
    answer: answerOf(report, rows.own, tables),
    figures: figures(rows, earlier),
    blocks: [
      ...(disposals.length === 0 ? [] : [{ kind: 'heading' as const, text: 'Tables' }, byTable(report)]),
      { kind: 'heading', text: 'Policies' },
      ...disposalTables(report, true),
    ],
    words,
  };
}

interface Totals {
  readonly own: number;
  readonly related: number;
  readonly archives: number;
}

function totalsOf({ disposals }: DisposalReport): Totals {
  const sum = (of: (one: DisposalReport['disposals'][number]) => number) =>
    disposals.reduce((total, one) => total + of(one), 0);
  return {
    own: sum(({ rows }) => rows),
    related: sum(({ related }) => related),
    archives: sum(({ archives }) => archives.filter(({ place }) => place !== null).length),
  };
}

function answerOf(
  { unreadable }: DisposalReport,
  rows: number,
  tables: number,
): NonNullable<ReportPage['answer']> {
  const done =
    tables === 0
      ? 'Nothing was archived or deleted in the period'
      : `${count(rows, 'row')} of ${count(tables, 'table')} archived, deleted or made anonymous`;
  return unreadable.length === 0
    ? { text: `${done}.`, tone: tables === 0 ? 'notice' : 'good' }
    : {
        text: `${done}; ${count(unreadable.length, 'manifest')} cannot be read: the counts are incomplete.`,
        tone: 'bad',
      };
}

function figures(now: Totals, earlier: Totals): readonly Figure[] {
  const one = (name: string, key: keyof Totals): Figure => ({
    value: String(now[key]),
    name,
    change: `${earlier[key]} in the period before`,
  });
  return [one('rows', 'own'), one('related rows', 'related'), one('archives kept', 'archives')];
}

const actions = [
  ['archived, then deleted', 'good', 'archive_then_delete'],
  ['archived, not deleted', 'neutral', 'archive_only'],
  ['made anonymous', 'medium', 'anonymise'],
  ['deleted without an archive', 'critical', 'delete'],
] as const;

function byTable({ disposals }: DisposalReport): Picture {
  const rows = [...new Set(disposals.map(({ table }) => table))].sort();
  const sum = (table: string, action: string) =>
    disposals.reduce(
      (total, one) => total + (one.table === table && one.action === action ? one.rows : 0),
      0,
    );
  return {
    kind: 'bars',
    title: 'Rows by table',
    description: 'Each bar is a table; its parts are the rows by what was done with them.',
    each: 'table',
    rows,
    series: actions.map(([name, paint, action]) => ({
      name,
      paint,
      values: rows.map((table) => sum(table, action)),
    })),
  };
}

const words: ReportPage['words'] = [
  ['policy', 'Which rows of a table are kept for how long, and what is done with them then.'],
  ['archive', 'Verified file of removed rows.'],
  ['related rows', 'Rows of other tables that belong to a removed row; they stand in its archive.'],
  ['when', 'Times of the table are UTC.'],
  [
    'chain hash',
    'Covers the manifest of this archive and all before it; `verify archives` computes it again.',
  ],
];
