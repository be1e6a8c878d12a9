import type { Cell, Report, ReportBlock, Tone } from '../../src/job/report.ts';
import { severityCell } from '../../src/job/severity.ts';
import { count } from '../../src/text/count.ts';
import { type CompletedReview, noFindings, type ReviewOutcome, type UarResult } from './result.ts';

/** So many findings stand in a table for people; `uar findings` shows all. */
const shown = 20;

/** What each review came to, what is new, and what went wrong. */
export function presentReviews(result: UarResult): Report {
  if (result.reviews.length === 0) return [nothingDue(result)];
  return [
    {
      kind: 'table',
      columns: ['comparison', 'result', 'rows', 'findings', 'new', 'resolved', 'execution'],
      rows: result.reviews.map(row),
    },
    ...result.reviews.flatMap(details),
  ];
}

function nothingDue({ enabled, next_due_at: next }: UarResult): ReportBlock {
  if (enabled === 0) {
    const text =
      'There is no enabled comparison, so nothing was reviewed: add one in OpsDeck, or with `uar import`.';
    return { kind: 'line', text, tone: 'warning' };
  }
  const when =
    next === null
      ? 'no comparison is scheduled; run one with --param comparison=N'
      : `the next one is due at ${next}`;
  return { kind: 'line', text: `Nothing is due: ${when}.` };
}

function row(review: ReviewOutcome): (string | Cell)[] {
  switch (review.outcome) {
    case 'completed':
      return [
        nameOf(review),
        { text: review.adopted ? 'completed, taken over' : 'completed', tone: 'good' },
        `${review.rows.a} and ${review.rows.b}`,
        String(total(review.findings)),
        newCell(review),
        String(review.resolved),
        review.execution_id === null ? '(dry run)' : String(review.execution_id),
      ];
    case 'inconclusive':
    case 'failed':
      return [
        nameOf(review),
        { text: review.outcome, tone: 'bad' },
        '',
        '',
        '',
        '',
        review.execution_id === null ? '' : String(review.execution_id),
      ];
    case 'skipped':
      return [`${review.comparison_id}`, { text: 'skipped', tone: 'warning' }, '', '', '', '', ''];
  }
}

function newCell({ new: found }: CompletedReview): Cell {
  const parts = Object.entries(found).filter(([, count]) => count > 0);
  if (parts.length === 0) return { text: '0' };
  const tone: Tone = found.critical + found.high > 0 ? 'bad' : 'warning';
  return { text: parts.map(([severity, count]) => `${count} ${severity}`).join(', '), tone };
}

function details(review: ReviewOutcome): ReportBlock[] {
  if (review.outcome === 'skipped') {
    return [{ kind: 'line', text: `Comparison ${review.comparison_id}: ${review.reason}`, tone: 'warning' }];
  }
  if (review.outcome !== 'completed') {
    return [{ kind: 'line', text: `${nameOf(review)}: ${review.reason}`, tone: 'bad' }];
  }
  const { keys, new_findings: found } = review;
  const lines: ReportBlock[] = [];
  const say = (text: string, tone: Tone = 'notice') => lines.push({ kind: 'line', text, tone });
  if (found.length > 0) {
    lines.push(
      { kind: 'heading', text: `New in ${nameOf(review)}` },
      {
        kind: 'table',
        columns: ['finding', 'severity', 'type', 'key', 'was'],
        rows: found
          .slice(0, shown)
          .map((one) => [
            one.finding_id === null ? '' : String(one.finding_id),
            severityCell(one.severity),
            one.type,
            one.key,
            { new: '', recurred: 'resolved', reopened: 'set aside' }[one.novelty],
          ]),
      },
    );
    const more = total(review.new) - Math.min(found.length, shown);
    if (more > 0) say(`and ${more} more: \`uar findings --comparison ${review.comparison_id}\``);
  }
  if (keys.empty > 0) say(`${count(keys.empty, 'row')} without a key not compared`, 'warning');
  if (keys.duplicate > 0)
    say(`${count(keys.duplicate, 'key')} occurring more than once not compared`, 'warning');
  if (keys.near_misses > 0) {
    say(
      `${keys.near_misses} keys have a partner but for spaces, letter case, accents or characters that look alike`,
      'warning',
    );
  }
  if (review.excepted > 0) say(`${review.excepted} excepted`);
  if (review.false_positives > 0) say(`${review.false_positives} known as false positives`);
  if (review.incidents > 0) {
    const incidents = count(review.incidents, 'security incident');
    say(`${incidents} ${review.execution_id === null ? 'would be opened' : 'opened'}`);
  }
  for (const change of review.accepted_changes) say(`Accepted: ${change}`, 'warning');
  for (const note of review.notes) say(note);
  return lines;
}

function nameOf({
  comparison_id: id,
  name,
}: {
  readonly comparison_id: number;
  readonly name: string;
}): string {
  return `${id} ${name}`;
}

function total(counts: Readonly<Record<string, number>> = noFindings): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
