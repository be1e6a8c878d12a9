import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault, Judgement } from '../../src/job/define-job.ts';
import type { FailOnLevel } from '../../src/job/fail-on-levels.ts';
import type { PlannedRows } from '../../src/job/planned-rows.ts';
import type { Severity } from '../../src/job/severity.ts';
import { count } from '../../src/text/count.ts';
import type { FindingType } from './finding-words.ts';

/** A finding as `run-job --json` names it. */
export type ReportedFinding = {
  /** `uar_finding.id`; null: a dry run that would make it. */
  readonly finding_id: number | null;
  readonly type: FindingType;
  readonly severity: Severity;
  readonly key: string;
  readonly novelty: 'new' | 'recurred' | 'reopened';
};

/** An execution that has a result. */
export type CompletedReview = {
  readonly outcome: 'completed';
  readonly comparison_id: number;
  readonly name: string;
  /** null: a dry run, which stores none. */
  readonly execution_id: number | null;
  readonly rows: { readonly a: number; readonly b: number };
  /** All of them, whatever their status. */
  readonly findings: Readonly<Record<FindingType, number>>;
  /** Open now and not before, by severity: new ones, and those that came back or were reopened. */
  readonly new: Readonly<Record<Severity, number>>;
  /** Some of those, worst first. */
  readonly new_findings: readonly ReportedFinding[];
  readonly recurred: number;
  readonly reopened: number;
  readonly resolved: number;
  readonly excepted: number;
  readonly false_positives: number;
  /** Rows without a key, keys that occur twice, and keys that have a partner but for their spelling. */
  readonly keys: { readonly empty: number; readonly duplicate: number; readonly near_misses: number };
  /** OpsDeck's findings were taken over. */
  readonly adopted: boolean;
  readonly incidents: number;
  readonly messages: number;
  /** In what the sources differed from last time, if it was accepted by `accept-change`. */
  readonly accepted_changes: readonly string[];
  /** What the sources left out, who was not alerted and why. */
  readonly notes: readonly string[];
  /** ISO 8601; null: by hand only. */
  readonly next_run_at: string | null;
};

/** One without a result. */
export type FailedReview = {
  readonly outcome: 'inconclusive' | 'failed';
  readonly comparison_id: number;
  readonly name: string;
  /** null: nothing could be stored of it. */
  readonly execution_id: number | null;
  readonly reason: string;
};

/** Not executed: another run has it, has just done it, or it was deleted meanwhile. */
export type SkippedReview = {
  readonly outcome: 'skipped';
  readonly comparison_id: number;
  readonly reason: string;
};

export type ReviewOutcome = CompletedReview | FailedReview | SkippedReview;

/** The result of a run; its keys are the `result` of `run-job --json`. */
export type UarResult = {
  /** In the order in which they were executed. */
  readonly reviews: readonly ReviewOutcome[];
  readonly completed: number;
  readonly inconclusive: number;
  readonly failed: number;
  /** Of all reviews. */
  readonly new: Readonly<Record<Severity, number>>;
  readonly incidents: number;
  readonly messages: number;
  /** Comparisons that are enabled. */
  readonly enabled: number;
  /** ISO 8601: when the next one falls due that was not now; null: none. */
  readonly next_due_at: string | null;
};

export const noFindings: Readonly<Record<Severity, number>> = {
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
};

export function toResult(
  reviews: readonly ReviewOutcome[],
  due: { readonly enabled: number; readonly next: Date | null },
): UarResult {
  const completed = reviews.filter((one) => one.outcome === 'completed');
  const count = (outcome: ReviewOutcome['outcome']) =>
    reviews.filter((one) => one.outcome === outcome).length;
  const total = (of: (review: CompletedReview) => number) => completed.reduce((sum, one) => sum + of(one), 0);
  return {
    reviews,
    completed: completed.length,
    inconclusive: count('inconclusive'),
    failed: count('failed'),
    new: {
      critical: total((one) => one.new.critical),
      high: total((one) => one.new.high),
      medium: total((one) => one.new.medium),
      low: total((one) => one.new.low),
    },
    incidents: total((one) => one.incidents),
    messages: total((one) => one.messages),
    enabled: due.enabled,
    next_due_at: earliest([due.next?.toISOString() ?? null, ...completed.map((one) => one.next_run_at)]),
  };
}

/** Of OpsDeck's tables: an execution each, its findings with those that it would resolve, and the next time of the comparison. */
export function reviewRows({ reviews, incidents }: UarResult): readonly PlannedRows[] {
  const executed = reviews.filter(({ outcome }) => outcome !== 'skipped').length;
  const findings = reviews.flatMap((one) =>
    one.outcome === 'completed' ? [...Object.values(one.findings), one.resolved] : [],
  );
  const written = (table: string, rows: number): PlannedRows => ({ table, rows, change: 'write' });
  return [
    written('uar_execution', executed),
    written(
      'uar_finding',
      findings.reduce((sum, one) => sum + one, 0),
    ),
    written('uar_comparison', executed),
    written('security_incident', incidents),
  ];
}

/** ISO texts of UTC compare as they are. */
function earliest(times: readonly (string | null)[]): string | null {
  return times.reduce((first, one) => (first === null || (one !== null && one < first) ? one : first), null);
}

/** How many comparisons a fault names. */
const named = 5;

/** Any comparison without a result fails the run; what the others came to is kept. */
export function faultOf({ reviews }: UarResult): JobFault | null {
  const without = reviews.flatMap((one) =>
    one.outcome === 'inconclusive' || one.outcome === 'failed' ? [one] : [],
  );
  if (without.length === 0) return null;
  const reasons = without
    .slice(0, named)
    .map((one) => `${one.comparison_id} (${one.name}) is ${one.outcome}: ${one.reason.replace(/\.$/, '')}`);
  const more = without.length > named ? `; and ${without.length - named} more` : '';
  const inconclusive = without.some((one) => one.outcome === 'inconclusive');
  return {
    code: without.some((one) => one.outcome === 'failed') ? 'review_failed' : 'review_inconclusive',
    message: `${without.length} of ${count(reviews.length, 'review has', 'reviews have')} no result: comparison ${reasons.join('; ')}${more}.`,
    next: inconclusive
      ? 'No finding was stored and nothing was resolved. Put the source right; if it is right as it is, run `run-job uar --param comparison=N --param accept-change=true`.'
      : 'Put the comparison right and run `run-job uar --param comparison=N`.',
    exitCode: ExitCode.failed,
  };
}

/** `--fail-on` counts what is new; sources are compared with each other, so that there always is something to compare with. */
export function judgementOf({ new: found }: UarResult): Judgement {
  const levels: Record<FailOnLevel, number> = {
    critical: found.critical,
    high: found.high,
    medium: found.medium,
  };
  return { baseline: false, levels, statuses: {} };
}
