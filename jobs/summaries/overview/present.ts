import type { ReportBlock } from '../../../src/job/report.ts';
import type { ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { OverviewLine } from './part.ts';
import { isBad, type Overview, type OverviewSection, worries } from './read.ts';
import { changeText, sinceText, valueText } from './words.ts';

type Answer = NonNullable<ReportPage['answer']>;

/** For people: a table a subject. */
export function overviewReport(overview: Overview, zone: string): readonly ReportBlock[] {
  return [
    { kind: 'heading', text: titleOf(overview) },
    { kind: 'line', text: `Period: ${periodOf(overview, zone)}` },
    { kind: 'line', ...answerOf(overview) },
    ...overview.sections.flatMap((section) => sectionBlocks(section, overview)),
  ];
}

/** The same as a page: the answer and the figures first. */
export function overviewPage(overview: Overview, zone: string): ReportPage {
  const { compared, sections } = overview;
  return {
    title: titleOf(overview),
    about:
      'What the jobs found in the month, what waits for people, and what changed since the month before.',
    facts: [
      ['Period', periodOf(overview, zone)],
      ['Compared with', compared.before.words],
    ],
    answer: answerOf(overview),
    figures: mainLines(overview).map((line) => ({
      ...{ value: String(line.value), name: line.what },
      ...(line.of === undefined ? {} : { of: `of ${line.of}` }),
      ...(line.before === null ? {} : { change: sinceText(line, compared.before.words) }),
      ...(isBad(line) ? { tone: 'warning' as const } : {}),
    })),
    blocks: sections.flatMap((section) => sectionBlocks(section, overview)),
    words,
  };
}

/** The main figures, in the order in which people read them; those of a subject that was not checked are missing. */
export function mainLines({ sections }: Overview): readonly OverviewLine[] {
  const all = sections.flatMap(({ lines }) => lines);
  return mainFigures.flatMap((what) => all.filter((line) => line.what === what));
}

const mainFigures = [
  'controls met',
  'failing controls',
  'findings open now',
  'ends and renewals in all',
  'messages failed',
  'runs failed',
];

function titleOf({ compared }: Overview): string {
  return `Overview of ${compared.present.words}`;
}

function periodOf({ compared: { present, complete } }: Overview, zone: string): string {
  const end = wallClock(present.to, zone);
  return `${wallClock(present.from, zone)} to ${end} (${zone})${complete ? '' : '; the month has not ended'}`;
}

export function answerOf(overview: Overview): Answer {
  const total = worries(overview);
  const checked = overview.sections.filter(({ notChecked }) => notChecked === null).length;
  const scope = `${checked} of ${count(overview.sections.length, 'subject')} checked`;
  if (total === 0) return { text: `Nothing stands out: ${scope}.`, tone: 'good' };
  return { text: `${count(total, 'matter')} to look at: ${scope}.`, tone: 'warning' };
}

function sectionBlocks(
  { title, lines, notChecked }: OverviewSection,
  { compared }: Overview,
): readonly ReportBlock[] {
  const heading: ReportBlock = { kind: 'heading', text: title };
  if (notChecked !== null) {
    return [heading, { kind: 'line', tone: 'bad', text: `Not checked: ${notChecked}` }];
  }
  const before = compared.before.words;
  return [
    heading,
    {
      kind: 'table',
      columns: ['what', compared.present.words, before, 'change', 'detail', 'next'],
      rows: lines.map((line) => rowOf(line)),
    },
  ];
}

function rowOf(line: OverviewLine) {
  const value = isBad(line) ? { text: valueText(line), tone: 'warning' as const } : valueText(line);
  return [
    ...[line.what, value, line.before === null ? '-' : String(line.before)],
    ...[line.before === null ? '-' : changeText(line), line.detail, line.next],
  ];
}

const words: ReportPage['words'] = [
  ['met', 'Compliant, or attested by a person, in the newest snapshot of the period.'],
  ['failing', 'Non-compliant or in warning.'],
  ['regression', "A control's status got worse between two snapshots."],
  ['finding', 'A difference that an access review found.'],
  ['missed', 'A scheduled run that did not start.'],
  ['-', 'Not recorded for the month before.'],
  ['now', 'At the time of the report, whatever its month.'],
];
