import type { Figure, Picture, ReportPage } from '../../../src/job/report-page.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { leaversTables, originOf, summaryOf } from './present.ts';
import type { LeaverRow, LeaversReport, LeaversScope } from './read.ts';

/** The report as a page. `before`: of the period of the same length before. */
export function leaversPage(report: LeaversReport, scope: LeaversScope, before: LeaversReport): ReportPage {
  const { systems, rows } = report;
  const reads = systems.map(({ last_read_at: at }) => dayOf(at, scope.zone)).sort();
  return {
    title: `People who left: ${scope.first} to ${scope.last}`,
    about: 'Whose access ended how long after they left.',
    facts: [
      ['Period', `${scope.first} to ${scope.last}`],
      ['Days', `of ${scope.zone}`],
      ['Systems', String(systems.length)],
      ['Last read', reads.length === 0 ? 'no system was read yet' : rangeOf(reads)],
      ['Source', originOf(report)],
    ],
    answer: { tone: rows.length === 0 ? 'notice' : 'good', ...summaryOf(report) },
    figures: figures(report, before),
    blocks: [
      ...(rows.some(({ system }) => system !== null)
        ? [{ kind: 'heading' as const, text: 'Accounts by system' }, bySystem(report)]
        : []),
      { kind: 'heading', text: 'People' },
      ...leaversTables(report, scope),
    ],
    words,
  };
}

function rangeOf(days: readonly string[]): string {
  const [first, last] = [days[0] ?? '', days.at(-1) ?? ''];
  return first === last ? first : `${first} to ${last}, by system`;
}

function figures(report: LeaversReport, before: LeaversReport): readonly Figure[] {
  const having = ({ rows }: LeaversReport, wanted: (row: LeaverRow) => boolean) => rows.filter(wanted).length;
  const change = (value: number) => ({ change: `${value} in the period before` });
  const one = (name: string, wanted: (row: LeaverRow) => boolean, tone?: 'bad' | 'warning'): Figure => {
    const value = having(report, wanted);
    return {
      ...{ value: String(value), name, ...change(having(before, wanted)) },
      ...(tone === undefined || value === 0 ? {} : { tone }),
    };
  };
  return [
    { value: String(report.people), name: 'people left', ...change(before.people) },
    one('accounts still active', ({ state }) => state === 'active', 'bad'),
    one('accounts open', ({ state }) => state === 'open', 'warning'),
    one('accounts removed', ({ state }) => state === 'removed'),
    one('accounts over the limit', ({ over_limit: over }) => over === true, 'bad'),
  ];
}

const parts = [
  ['removed', 'good', (row: LeaverRow) => row.state === 'removed' && row.over_limit !== true],
  [
    'removed after the limit',
    'medium',
    (row: LeaverRow) => row.state === 'removed' && row.over_limit === true,
  ],
  ['open', 'low', (row: LeaverRow) => row.state === 'open'],
  ['still active', 'critical', (row: LeaverRow) => row.state === 'active'],
  ['never seen', 'neutral', (row: LeaverRow) => row.state === 'never'],
] as const;

function bySystem({ rows }: LeaversReport): Picture {
  const having = new Map<number, { readonly name: string; readonly rows: LeaverRow[] }>();
  for (const row of rows) {
    if (row.system === null) continue;
    const { comparison_id: id, name } = row.system;
    const found = having.get(id) ?? { name, rows: [] };
    found.rows.push(row);
    having.set(id, found);
  }
  const systems = [...having.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    kind: 'bars',
    title: 'Accounts of people who left, by system',
    description: 'Each bar is a system; its parts are the accounts by what became of them.',
    each: 'system',
    rows: systems.map(({ name }) => name),
    series: parts.map(([name, paint, wanted]) => ({
      name,
      paint,
      values: systems.map((one) => one.rows.filter(wanted).length),
    })),
  };
}

const words: ReportPage['words'] = [
  ['still active', 'The newest execution has the account; days count to today.'],
  ['open', 'The account went, but only another source or other rules looked since.'],
  [
    'removed',
    'A later execution of the same source and rules lacks the account; days count to the first such one.',
  ],
  ['never seen', 'No system had an account of the person.'],
  ['is back', 'The person left and works here again.'],
  ['limit', 'So many days after a departure an account may stay, as the comparison sets it.'],
];
