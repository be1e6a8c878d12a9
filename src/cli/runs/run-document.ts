import type { RunFault, RunOutcome } from '../../job/run-outcome.ts';

/**
 * The run as `run-job --json` prints it. Times are ISO 8601 UTC; `fault` may be the runner's, or why a successful run does not
 * satisfy `--fail-on`.
 */
export function runDocument(
  outcome: RunOutcome,
  database: string,
  options: { readonly dryRun: boolean; readonly fault: RunFault | null },
): Readonly<Record<string, unknown>> {
  const { fault } = options;
  return {
    job: outcome.job,
    run_id: outcome.runId,
    status: outcome.status,
    trigger: outcome.trigger,
    ...(options.dryRun ? { dry_run: true } : {}),
    database,
    started_at: outcome.startedAt.toISOString(),
    finished_at: outcome.finishedAt.toISOString(),
    duration_ms: outcome.durationMs,
    result: outcome.result,
    ...(fault === null ? {} : { error: { code: fault.code, message: fault.message } }),
  };
}
