import type { Severity } from '../../../src/job/severity.ts';
import type { LoadedSource } from '../../../src/sources/source.ts';
import { isNews, sum } from '../alert/alert.ts';
import type { SentAlert } from '../alert/send-alert.ts';
import { scopeOf } from '../compare/scope.ts';
import type { ComparisonSummary } from '../compare/summary.ts';
import type { Comparison } from '../comparison.ts';
import { type CompletedReview, noFindings } from '../result.ts';
import { mostTold, type Steps } from './read-steps.sql.ts';
import type { StepScope } from './steps.sql.ts';

/** All that an execution came to. */
export interface Executed {
  readonly a: LoadedSource;
  readonly b: LoadedSource;
  readonly scope: StepScope;
  readonly summary: ComparisonSummary;
  readonly changes: readonly string[];
  readonly steps: Steps;
  readonly incidents: number;
  readonly alert: SentAlert;
  /** null: by hand only. */
  readonly next: Date | null;
}

export function toCompleted({ row, settings }: Comparison, executed: Executed): CompletedReview {
  const { a, b, scope, summary, changes, steps, incidents, alert, next } = executed;
  const { groups } = steps;
  const quality = summary.key_quality;
  const found: Record<Severity, number> = { ...noFindings };
  for (const one of groups.filter(isNews)) found[one.severity] += one.findings;
  return {
    outcome: 'completed',
    comparison_id: row.id,
    name: row.name,
    execution_id: scope.dryRun ? null : scope.executionId,
    rows: { a: a.rows, b: b.rows },
    findings: { ...summary.findings },
    new: found,
    new_findings: steps.told
      .slice(0, mostTold)
      .map(({ finding_id, type, severity, key, novelty }) => ({ finding_id, type, severity, key, novelty })),
    recurred: sum(groups.filter(({ novelty }) => novelty === 'recurred')),
    reopened: sum(groups.filter(({ novelty }) => novelty === 'reopened')),
    resolved: steps.gone,
    excepted: sum(groups.filter(({ excepted }) => excepted)),
    false_positives: sum(groups.filter(({ status }) => status === 'false_positive')),
    keys: {
      empty: quality.a.empty.count + quality.b.empty.count,
      duplicate: quality.a.duplicates.keys + quality.b.duplicates.keys,
      near_misses: quality.near_misses.count,
    },
    adopted: scope.adopting,
    incidents,
    messages: alert.messages,
    accepted_changes: changes,
    notes: [...a.warnings, ...b.warnings, ...scopeOf(summary, settings), ...alert.notes],
    next_run_at: next?.toISOString() ?? null,
  };
}
