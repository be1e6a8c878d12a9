import type { ComparisonSettings } from './settings.ts';

/** Two fields that should say the same; names as the sources have them. */
export interface FieldMapping {
  readonly field_a: string;
  readonly field_b: string;
}

/** What is compared, and how. */
export interface ComparisonSpec {
  /** Part of each finding's identity. */
  readonly comparisonId: number;
  readonly keyA: string;
  readonly keyB: string;
  /** None: only whether a key is there. */
  readonly mappings: readonly FieldMapping[];
  readonly settings: ComparisonSettings;
}

/** What the comparison needs to know of a side that was loaded into its staging table. */
export interface StagedSide {
  readonly columns: readonly string[];
  /** Where not all columns are: column i (from 1) of the staging table is `c<i>`. */
  readonly staged?: readonly string[];
  readonly rows: number;
  /** As people know it, for reasons; otherwise it is side A or B. */
  readonly name?: string;
}

/** In the order of the staging table. */
export function stagedColumns({ columns, staged = columns }: StagedSide): readonly string[] {
  return staged;
}

/** The sides cannot be compared, and why: one sentence for people. Nothing is found, nobody is accused. */
export class InconclusiveComparison extends Error {
  override readonly name = 'InconclusiveComparison';
}
