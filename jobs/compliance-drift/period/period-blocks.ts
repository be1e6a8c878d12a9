import type { Cell, ReportBlock, Tone } from '../../../src/job/report.ts';
import { severityCell } from '../../../src/job/severity.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { causes } from '../cause.ts';
import { peopleTables } from '../controls/people-tables.ts';
import { attestationChange, ruleChanges } from '../controls/rule-changes.ts';
import type { DayRange } from './days.ts';
import type { LimitChange } from './limits.ts';
import type { Occurrence, Outcome } from './occurrences.ts';
import type { ControlPeriod, PeriodScope, RulePeriod, TestedEvidence } from './read.ts';
import { removedWords } from './removed-rules.ts';

/** The rules with their occurrences, what does not count, days and changes. */
export function blocksOf(tested: ControlPeriod, scope: PeriodScope): ReportBlock[] {
  const zone = scope.zones.business;
  return [
    ...tested.rules.flatMap((rule) => ruleBlocks(rule, scope)),
    ...tested.removedRules.map((one) => line(removedWords(one), 'notice')),
    ...notCountedBlocks(tested.rules, zone),
    ...daysBlocks(tested),
    ...changesBlocks(tested, zone),
    ...peopleTables(tested, zone),
  ];
}

function ruleBlocks(tested: RulePeriod, scope: PeriodScope): ReportBlock[] {
  const { rule, occurrences, after } = tested;
  const about = rule.about === null ? rule.model : `${rule.model}: ${rule.about}`;
  const notes = [
    `Asks for ${about}, every ${count(rule.frequencyDays, 'day')}${rule.enabled ? '' : '; switched off now'}.`,
    ...(rule.createdOn !== null && rule.createdOn > scope.first
      ? [`The rule was created on ${rule.createdOn}; nothing is expected before that day.`]
      : []),
    ...(tested.limitAssumed
      ? ['No snapshot recorded its limit, so the present one is used for the whole period.']
      : []),
    ...tested.limitChanges.map(changeWords),
    ...(rule.problem === null ? [] : [`No evidence can be asked for: ${rule.problem}.`]),
  ];
  const last = occurrences.at(-1);
  return [
    { kind: 'heading', text: `Rule ${rule.id}: ${rule.name}` },
    ...notes.map((text) => line(text)),
    ...(occurrences.length === 0
      ? [line('No occurrence was expected or performed in the period.')]
      : [
          {
            kind: 'table' as const,
            columns: [
              'due',
              'outcome',
              'performed',
              'recorded',
              'by',
              'recorded by',
              'reference',
              'days late',
            ],
            rows: occurrences.map((one) => row(one, scope.zones.business)),
          },
        ]),
    ...(last?.outcome === 'missing' && after !== null
      ? [line(`After the period, the next was performed on ${after.day}.`)]
      : []),
  ];
}

function changeWords({ on, before, after, after_day: afterDay }: LimitChange): string {
  const what = [
    ...(before.frequencyDays === after.frequencyDays
      ? []
      : [`its limit changed from ${before.frequencyDays} to ${count(after.frequencyDays, 'day')}`]),
    ...(before.enabled === after.enabled ? [] : [`it was switched ${after.enabled ? 'on' : 'off'}`]),
  ].join(' and ');
  return afterDay === null
    ? `On ${on} ${what}.`
    : `After ${afterDay} ${what}; the day was not recorded, and the old values are used until ${on}.`;
}

const outcomes: Readonly<Record<Outcome, Cell>> = {
  on_time: { text: 'on time' },
  late: { text: 'late', tone: 'warning' },
  missing: { text: 'missing', tone: 'bad' },
  early: { text: 'early' },
  additional: { text: 'additional' },
};

function row(
  { due, outcome, daysLate, evidence }: Occurrence<TestedEvidence>,
  zone: string,
): (string | Cell)[] {
  if (evidence === null) return [due ?? '-', outcomes[outcome], '-', '-', '-', '-', '-', '-'];
  return [due ?? '-', outcomes[outcome], ...evidenceCells(evidence, zone), String(daysLate)];
}

function evidenceCells(evidence: TestedEvidence, zone: string): (string | Cell)[] {
  const { detail, day, id, recordedLater } = evidence;
  const performed = detail?.performed ?? day;
  const recorded = detail?.recordedAt ?? null;
  return [
    performed === day ? day : `${performed} (counts from ${day})`,
    recorded === null
      ? 'not known'
      : recordedLater === true
        ? { text: `${dayOf(recorded, zone)} (recorded later)`, tone: 'warning' }
        : dayOf(recorded, zone),
    detail?.by ?? '-',
    detail?.recordedBy ?? '-',
    [
      detail === undefined ? 'deleted meanwhile' : detail.what,
      `number ${id}`,
      ...(detail?.link == null ? [] : [detail.link]),
    ].join(', '),
  ];
}

const reasons = {
  done: '-',
  not_done: 'known not to be done',
  unread: 'its status is not known',
  unsigned: 'not signed off',
} as const;

function notCountedBlocks(rules: readonly RulePeriod[], zone: string): ReportBlock[] {
  const rows = rules.flatMap(({ rule, notCounted }) =>
    notCounted.map((one) => [rule.name, one.word, reasons[one.standing], ...evidenceCells(one, zone)]),
  );
  if (rows.length === 0) return [];
  return [
    { kind: 'heading', text: 'What does not count' },
    {
      kind: 'table',
      columns: ['rule', 'status', 'why', 'performed', 'recorded', 'by', 'recorded by', 'reference'],
      rows,
    },
  ];
}

function daysBlocks({ recorded, altered }: ControlPeriod): ReportBlock[] {
  return [
    { kind: 'heading', text: 'Days by status' },
    {
      kind: 'table',
      columns: ['status', 'days'],
      rows: [
        ...[...recorded.days].map(([status, days]) => [
          dayWords[status] ?? status.replaceAll('_', '-'),
          String(days),
        ]),
        ['without an evaluation', String(recorded.withoutDays)],
      ],
    },
    ...(recorded.without.length === 0 ? [] : [line(`Without an evaluation: ${ranges(recorded.without)}.`)]),
    ...(altered
      ? [
          line(
            'A snapshot of the framework is not what was stored, and is not read: see `verify drift`.',
            'bad',
          ),
        ]
      : []),
  ];
}

const dayWords: Readonly<Record<string, string>> = {
  absent: 'not in the catalog',
  not_known: 'not known',
};

/** How many gaps are written out; JSON has all. */
const mostRanges = 50;

function ranges(all: readonly DayRange[]): string {
  const shown = all
    .slice(0, mostRanges)
    .map(({ from, to, days }) => (days === 1 ? from : `${from} to ${to} (${count(days, 'day')})`));
  const more = all.length - shown.length;
  return [...shown, ...(more === 0 ? [] : [`and ${more} more; --format json has all`])].join(', ');
}

function changesBlocks({ changes, initial, snapshots }: ControlPeriod, zone: string): ReportBlock[] {
  const status = (word: string | null) => (word === null ? 'none' : word.replaceAll('_', '-'));
  return [
    { kind: 'heading', text: 'Status in the period' },
    line(
      snapshots.length === 0
        ? 'No snapshot was taken in the period.'
        : `${dayWords[initial] ?? status(initial)} at the start; ${count(changes.length, 'change')} found by ${count(snapshots.length, 'snapshot')}.`,
    ),
    ...(changes.length === 0
      ? []
      : [
          {
            kind: 'table' as const,
            columns: ['found', 'change', 'kind', 'cause', 'old and new values'],
            rows: changes.map((one) => [
              wallClock(one.at, zone),
              one.from === null && one.to === null ? '-' : `${status(one.from)} → ${status(one.to)}`,
              one.severity === null ? one.class.replaceAll('_', ' ') : severityCell(one.severity),
              phrases[one.cause] ?? one.cause,
              [...ruleChanges(one.before, one.after), ...attestationChange(one.attestation)].join('; ') ||
                '-',
            ]),
          },
        ]),
  ];
}

const phrases: Readonly<Record<string, string>> = causes;

export function line(text: string, tone?: Tone): ReportBlock {
  return { kind: 'line', text, ...(tone === undefined ? {} : { tone }) };
}
