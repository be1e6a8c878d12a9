import type { Severity } from '../../../src/job/severity.ts';
import type { LoadedSource } from '../../../src/sources/source.ts';
import type { ListedExcluded } from './read-findings.ts';
import type { ComparisonSpec } from './spec.ts';
import type { ComparisonSummary } from './summary.ts';

/** Two files that were compared. */
export interface FileComparison {
  readonly database: string;
  readonly nameA: string;
  readonly nameB: string;
  readonly a: LoadedSource;
  readonly b: LoadedSource;
  readonly spec: ComparisonSpec;
  readonly summary: ComparisonSummary;
  /** The first rows that the filters exclude; null: not asked for. */
  readonly excluded: readonly ListedExcluded[] | null;
  readonly bySeverity: Readonly<Record<Severity, number>>;
}
