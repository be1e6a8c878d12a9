import type { Figure, Picture, ReportPage } from '../../../src/job/report-page.ts';
import { severities, severityTone } from '../../../src/job/severity.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { EarlierReview, FindingAge } from './age.sql.ts';
import type { FindingInReport } from './due.ts';
import { reviewBlocks, titleOf } from './present.ts';
import type { ReviewScope, ReviewSummary } from './read.ts';

interface Beside {
  readonly ages: readonly FindingAge[];
  /** null: the execution is the first of its comparison. */
  readonly before: EarlierReview | null;
}

/** The report as a page. */
export function reviewPage(
  summary: ReviewSummary,
  findings: readonly FindingInReport[],
  scope: ReviewScope,
  { ages, before }: Beside,
): ReportPage {
  const { review, counts, signOff } = summary;
  return {
    title: titleOf(review),
    about: 'What an access review read and found, as it was then, and what was decided about it.',
    facts: [
      ['Execution', `${review.execution_id}, finished ${wallClock(review.finished_at, scope.zone)}`],
      ['Version that executed it', review.program_version],
      [
        'Compared with',
        before === null
          ? 'no earlier execution'
          : `execution ${before.executionId} of ${dayOf(before.finishedAt, scope.zone)}`,
      ],
      ...hashOf(summary),
    ],
    answer: answerOf(summary),
    figures: review.outcome === 'completed' ? figures(summary, before, scope) : [],
    blocks: [
      ...(counts.length === 0 ? [] : [{ kind: 'heading' as const, text: 'Age' }, byAge(ages)]),
      { kind: 'heading', text: 'Review' },
      ...reviewBlocks(summary, findings, scope),
    ],
    words: signOff === null ? words : [...words, evidenceHash],
  };
}

function hashOf({ signOff, totals }: ReviewSummary): ReportPage['facts'] {
  if (signOff !== null) return [['Evidence hash as signed (SHA-256)', signOff.evidence_hash.toString('hex')]];
  return totals === null ? [] : [['Hash of what was read (SHA-256)', totals.content]];
}

function totalOf({ counts }: ReviewSummary): number {
  return counts.reduce((sum, one) => sum + one.total, 0);
}

function answerOf(summary: ReviewSummary): NonNullable<ReportPage['answer']> {
  const { review, signOff, counts } = summary;
  if (review.outcome !== 'completed') {
    return {
      text: `The execution is ${review.outcome}: ${review.reason ?? 'no reason is recorded'}. It has no findings.`,
      tone: 'bad',
    };
  }
  const signed =
    signOff === null
      ? 'not signed off'
      : signOff.unchanged
        ? `signed off by ${signOff.email}`
        : 'what was signed HAS BEEN CHANGED since';
  const total = totalOf(summary);
  const critical = counts.some(({ severity }) => severity === 'critical');
  return {
    text: `${count(total, 'finding')}; ${signed}.`,
    tone:
      signOff?.unchanged === false || critical ? 'bad' : total > 0 || signOff === null ? 'notice' : 'good',
  };
}

function figures(
  summary: ReviewSummary,
  before: EarlierReview | null,
  { zone }: ReviewScope,
): readonly Figure[] {
  const { counts, exceptions } = summary;
  const since = (earlier: (one: EarlierReview) => number) =>
    before === null ? {} : { change: `${earlier(before)} on ${dayOf(before.finishedAt, zone)}` };
  return [
    {
      value: String(totalOf(summary)),
      name: 'findings',
      ...since(({ counts: then }) => Object.values(then).reduce((sum, one) => sum + one, 0)),
    },
    ...severities.map((severity) => {
      const value = counts.reduce((sum, one) => sum + (one.severity === severity ? one.total : 0), 0);
      return {
        value: String(value),
        name: severity,
        ...since(({ counts: then }) => then[severity] ?? 0),
        ...(value === 0 ? {} : { tone: severityTone(severity) }),
      };
    }),
    { value: String(counts.reduce((sum, one) => sum + one.new, 0)), name: 'new' },
    { value: String(exceptions.length), name: 'exceptions that applied' },
  ];
}

const ages = [
  { name: 'new to 7 days', most: 7 },
  { name: '8 to 30 days', most: 30 },
  { name: '31 to 90 days', most: 90 },
  { name: 'more than 90 days', most: Number.POSITIVE_INFINITY },
];

function byAge(found: readonly FindingAge[]): Picture {
  const sum = (place: number, wanted: (severity: string) => boolean) =>
    found.reduce(
      (total, { severity, days, findings }) =>
        total + (wanted(severity) && ages.findIndex(({ most }) => days <= most) === place ? findings : 0),
      0,
    );
  const other = ages.map((_, place) => sum(place, (severity) => !severities.some((one) => one === severity)));
  return {
    kind: 'bars',
    title: 'Findings by age and severity',
    description:
      'Each bar is an age: the days from the first execution that had the finding to this one. Its parts are the severities.',
    each: 'age',
    rows: ages.map(({ name }) => name),
    series: [
      ...severities.map((severity) => ({
        name: severity,
        paint: severity,
        values: ages.map((_, place) => sum(place, (one) => one === severity)),
      })),
      ...(other.some((value) => value > 0)
        ? [{ name: 'another severity', paint: 'neutral' as const, values: other }]
        : []),
    ],
  };
}

const words: ReportPage['words'] = [
  ['execution', 'One run of a comparison: two sources, a key, fields.'],
  ['finding', 'A difference that the execution found between the sources.'],
  ['new, came back', 'The execution before did not have the finding; it came back when an earlier one had.'],
  ['exception', 'An accepted difference with an end date.'],
  ['inconclusive', 'A source was incomplete or implausible; no findings were stored.'],
  ['sign-off', "A named person's confirmation of the execution."],
];
const evidenceHash: ReportPage['words'][number] = [
  'evidence hash',
  'Covers findings, decisions and the sign-off as they were signed; `verify reviews` computes it again.',
];
