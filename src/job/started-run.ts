import type { RunTrigger } from '../db/tables/runs.ts';
import type { JobDefinition } from './define-job.ts';

/** A run that may begin: claimed, or dry. */
export interface StartedRun {
  readonly runId: string;
  readonly definition: JobDefinition;
  readonly params: Record<string, unknown>;
  readonly trigger: RunTrigger;
  readonly startedAt: Date;
  readonly timeoutMs: number;
  readonly dryRun: boolean;
  readonly allowEmpty: boolean;
  /** Of a firing whose run failed because another side was away: when it is taken up again; null: not. Absent: not a firing. */
  retryAt?(failedAt: Date): Date | null;
}
