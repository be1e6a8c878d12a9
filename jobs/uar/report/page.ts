import type { Figure, ReportPage } from '../../../src/job/report-page.ts';
import { severities, severityTone } from '../../../src/job/severity.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { byAge, type FindingAges } from './ages.ts';
import type { FindingInReport } from './due.ts';
import type { EarlierReview } from './earlier.sql.ts';
import { reviewBlocks, titleOf } from './present.ts';
import type { ReviewScope, ReviewSummary } from './read.ts';

interface Beside {
  readonly ages: FindingAges;
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

const words: ReportPage['words'] = [
  ['execution', 'One run of a comparison: two sources, a key, fields.'],
  ['finding', 'A difference that the execution found between the sources.'],
  ['new, came back', 'The execution before did not have the finding; it came back when an earlier one had.'],
  ['age', 'Days since the finding was first seen, or opened again.'],
  ['exception', 'An accepted difference with an end date.'],
  ['inconclusive', 'A source was incomplete or implausible; no findings were stored.'],
  ['sign-off', "A named person's confirmation of the execution."],
];
const evidenceHash: ReportPage['words'][number] = [
  'evidence hash',
  'Covers findings, decisions and the sign-off as they were signed; `verify reviews` computes it again.',
];
