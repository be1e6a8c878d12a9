import type { Report, Tone } from '../../../src/job/report.ts';
import type { Figure, ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { countsOf, type PeriodCounts } from './counts.ts';
import type { EarlierPeriod } from './earlier.ts';
import { blocksOf, line } from './period-blocks.ts';
import { overTime } from './picture.ts';
import type { ControlPeriod, PeriodScope } from './read.ts';

/** As text and Markdown. */
export function periodReport(tested: ControlPeriod, scope: PeriodScope, database: string): Report {
  const page = periodPage(tested, scope);
  return [
    { kind: 'heading', text: page.title },
    ...[...page.facts, ['Database', database] as const].map(([name, value]) => line(`${name}: ${value}`)),
    line(answerOf(tested, countsOf(tested.rules)).text),
    ...blocksOf(tested, scope),
    { kind: 'heading', text: 'What the words mean' },
    ...words.map(([word, meaning]) => line(`${word}: ${meaning}`)),
  ];
}

/** `before`: of the period of equal length before; null: it is not compared. */
export function periodPage(
  tested: ControlPeriod,
  scope: PeriodScope,
  before: EarlierPeriod | null = null,
): ReportPage {
  const { control, recorded, snapshots } = tested;
  const counts = countsOf(tested.rules);
  const newest = snapshots.at(-1);
  return {
    title: `${control.framework} ${control.control_id}, ${scope.first} to ${scope.last}`,
    about:
      'What the rules of a control expected in a period, and what was performed. Counts and deviations, no verdict.',
    facts: [
      ['Control', `${control.control_id}: ${control.name}`],
      ['Framework', `${control.framework}${control.is_active ? '' : ' (switched off)'}`],
      ['Period', `${scope.first} to ${scope.last}`],
      ['Days', `of ${scope.zones.business}`],
      ...(newest === undefined
        ? [['Newest snapshot', 'none was taken in the period'] as const]
        : [
            [
              'Newest snapshot',
              `${newest.id}, taken ${wallClock(newest.takenAt, scope.zones.business)}`,
            ] as const,
            ['Chain hash of it (SHA-256)', newest.chainHash] as const,
          ]),
      ['Applicable now', control.is_applicable ? 'yes' : 'no'],
      ['Justification', control.justification ?? 'not recorded'],
    ],
    answer: answerOf(tested, counts),
    figures: figuresOf(counts, recorded.withoutDays, before),
    blocks: [
      ...overTime(tested, scope).flatMap((picture) => [
        { kind: 'heading' as const, text: 'Time line' },
        picture,
      ]),
      ...blocksOf(tested, scope),
    ],
    words,
  };
}

function answerOf(
  { rules, recorded }: ControlPeriod,
  counts: PeriodCounts,
): { readonly text: string; readonly tone: Tone } {
  const all = recorded.withoutDays + [...recorded.days.values()].reduce((sum, days) => sum + days, 0);
  const days = `${recorded.withoutDays} of ${count(all, 'day')} without an evaluation.`;
  if (rules.length === 0)
    return { text: `The control has no rule, so nothing is expected by date. ${days}`, tone: 'notice' };
  const later = counts.recordedLater === 0 ? '' : ` ${counts.recordedLater} recorded later.`;
  return {
    text: `${count(counts.expected, 'occurrence')} expected: ${counts.onTime} on time, ${counts.late} late, ${counts.missing} missing.${later} ${days}`,
    tone: counts.missing > 0 ? 'bad' : counts.late + recorded.withoutDays > 0 ? 'warning' : 'plain',
  };
}

function figuresOf(counts: PeriodCounts, without: number, before: EarlierPeriod | null): readonly Figure[] {
  const figure = (value: number, name: string, tone: Tone, earlier: number | undefined): Figure => ({
    value: String(value),
    name,
    ...(earlier === undefined ? {} : { change: `${earlier} in the period before` }),
    ...(value === 0 ? {} : { tone }),
  });
  return [
    figure(counts.expected, 'expected', 'plain', before?.counts.expected),
    figure(counts.onTime, 'on time', 'plain', before?.counts.onTime),
    figure(counts.late, 'late', 'warning', before?.counts.late),
    figure(counts.missing, 'missing', 'bad', before?.counts.missing),
    figure(counts.recordedLater, 'recorded later', 'warning', before?.counts.recordedLater),
    figure(without, 'days without an evaluation', 'warning', before?.withoutDays),
  ];
}

const words: ReportPage['words'] = [
  [
    'due',
    'The last day on which the evidence before is within the limit. Without any before: the first day.',
  ],
  ['late', 'Performed after its due day, before the next one was due.'],
  ['missing', 'Not performed before the next one was due, or by the end of the period.'],
  ['early', 'Performed in the period; due after it.'],
  ['additional', 'More evidence than the rule asks for by that due day, or from before the rule was there.'],
  ['counts from', 'The day that the evaluation counts, where it is not the day of the record itself.'],
  ['recorded later', 'Recorded more than 30 days after it was performed.'],
  [
    'snapshot',
    'The stored status of all controls at one time; its chain hash covers it and all before it, and `verify drift` computes it again.',
  ],
  ['without an evaluation', 'No snapshot was taken on that day. It is not counted as compliant.'],
  ['evidence', 'As the database has it now, by the status words and sign-offs that compliance-drift counts.'],
];
