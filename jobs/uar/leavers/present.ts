import type { Cell, Report, ReportBlock, Tone } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { LeaverRow, LeaversReport, LeaversScope } from './read.ts';

const states = {
  active: { text: 'still active', tone: 'bad' },
  open: { text: 'open: not looked at since', tone: 'notice' },
  removed: { text: 'removed', tone: 'good' },
  never: { text: 'never seen', tone: 'plain' },
  returned: { text: 'is back', tone: 'plain' },
} as const satisfies Record<LeaverRow['state'], { readonly text: string; readonly tone: Tone }>;

/** For people. */
export function leaversReport(report: LeaversReport, scope: LeaversScope): Report {
  return [
    { kind: 'heading', text: `People who left: ${scope.first} to ${scope.last}` },
    { kind: 'line', text: `Database: ${scope.database}` },
    { kind: 'line', text: `Days in ${scope.zone}` },
    { kind: 'line', text: originOf(report) },
    { kind: 'line', ...summaryOf(report) },
    ...leaversTables(report, scope),
  ];
}

export function leaversTables(report: LeaversReport, scope: LeaversScope): readonly ReportBlock[] {
  const { rows } = report;
  return [
    ...(rows.length === 0
      ? []
      : [
          {
            kind: 'table',
            columns: ['Person', 'Left', 'Access', 'System', 'Last seen', 'First absent', 'Days', 'Limit'],
            rows: rows.map((row) => cells(row, scope.zone)),
          } as const,
        ]),
    ...gapsOf(report),
    ...systemsOf(report, scope.zone),
  ];
}

export function originOf({ lists, gaps }: LeaversReport): string {
  const columns = lists.map(({ list, settings }) => `column '${settings.departure}' of ${list}`);
  if (columns.length > 0) return `Departures by ${columns.join(', ')}`;
  return gaps.lists.length > 0 ? 'Departures by no list' : "Departures by OpsDeck's offboardings";
}

/** The sentence that answers the question. */
export function summaryOf({ people, rows, systems, lists, gaps }: LeaversReport): {
  readonly text: string;
  readonly tone?: Tone;
} {
  if (lists.length === 0 && gaps.lists.length > 0)
    return { text: 'Who left is not known: no list of people was read.', tone: 'warning' };
  if (systems.length === 0)
    return {
      text: `${count(people, 'person', 'people')} left. No execution has kept a population: no system was looked at.`,
      tone: 'warning',
    };
  const having = (state: LeaverRow['state']) => rows.filter((row) => row.state === state).length;
  const over = rows.filter((row) => row.over_limit === true).length;
  const parts = [
    `${count(having('active'), 'account')} still active`,
    `${having('open')} open`,
    `${having('removed')} removed`,
    ...(systems.some(({ limit }) => limit !== null) ? [`${over} over the limit`] : []),
  ];
  const looked = systems.length - gaps.systems.length;
  return {
    text: `${count(people, 'person', 'people')} left; ${looked} of ${count(systems.length, 'system')} looked at: ${parts.join(', ')}.`,
    ...(having('active') > 0 ? { tone: 'bad' as const } : {}),
  };
}

function cells(row: LeaverRow, zone: string): readonly (string | Cell)[] {
  const { system, removal, days, over_limit: over } = row;
  const on = (at: Date | null | undefined) => (at == null ? '-' : dayOf(at, zone));
  return [
    row.name === null || row.name === '' ? row.person : `${row.name} ${row.person}`,
    row.left_now === null ? row.left : `${row.left} (now ${row.left_now})`,
    states[row.state],
    system?.name ?? '-',
    on(removal?.last_seen_at),
    on(removal?.first_absent_at),
    days === null ? '-' : over === true ? { text: String(days), tone: 'bad' } : String(days),
    system?.limit == null ? '-' : String(system.limit),
  ];
}

/** So many does the report for people name; JSON has all. */
const named = 50;

function gapsOf({ lists, gaps }: LeaversReport): readonly ReportBlock[] {
  const lines = [
    ...gaps.lists.map(
      ({ comparison, comparison_id: id, departure }) =>
        `${comparison}: no completed execution has read the column '${departure}'. Next: run-job uar --param comparison=${id}`,
    ),
    // Without a list no system was looked at; the line above says so.
    ...(lists.length === 0 && gaps.lists.length > 0 ? [] : gaps.systems).map(
      ({ name }) => `${name}: not looked at. No key of it is one of the list of those who left.`,
    ),
    ...gaps.journal.map(
      (person) =>
        `${person}: an entry of OpsDeck's journal cannot be read; the date may not be the first one.`,
    ),
  ];
  const shown = gaps.dates.slice(0, named);
  const more = gaps.dates.length - shown.length;
  return [
    ...lines.map((text): ReportBlock => ({ kind: 'line', text, tone: 'warning' })),
    ...(shown.length === 0
      ? []
      : [
          { kind: 'heading', text: 'Departures that are no dates' } as const,
          {
            kind: 'table',
            columns: ['Person', 'Written', 'List'],
            rows: shown.map(({ person, text, list }) => [person, text, list ?? 'offboarding']),
          } as const,
        ]),
    ...(more > 0
      ? [{ kind: 'line', text: `And ${more} more; --format json has all of them.` } as const]
      : []),
  ];
}

function systemsOf({ systems }: LeaversReport, zone: string): readonly ReportBlock[] {
  if (systems.length === 0) return [];
  return [
    { kind: 'heading', text: 'Systems' },
    {
      kind: 'table',
      columns: ['System', 'Comparison', 'First read', 'Last read', 'Limit in days'],
      rows: systems.map((one) => [
        one.name,
        `${one.comparison_id} ${one.comparison}${one.archived ? ' (archived)' : ''}`,
        dayOf(one.first_read_at, zone),
        dayOf(one.last_read_at, zone),
        one.limit === null ? '-' : String(one.limit),
      ]),
    },
  ];
}
