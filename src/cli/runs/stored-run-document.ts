import type { StoredRun } from '../../job/run-history.ts';

/** A run as `runs list --json` prints it. Times are ISO 8601 UTC. */
export function storedRunDocument(run: StoredRun): Readonly<Record<string, unknown>> {
  return {
    run_id: run.id,
    job: run.job,
    status: run.status,
    trigger: run.trigger,
    scheduled_for: run.scheduled_for?.toISOString() ?? null,
    stands_for: run.stands_for,
    started_at: run.started_at.toISOString(),
    finished_at: run.finished_at?.toISOString() ?? null,
    duration_ms: run.duration_ms,
    runner: run.runner,
    program_version: run.program_version,
    params: run.params,
    reason: run.reason,
    retry_of: run.retry_of,
    cancel:
      run.cancel_requested_at === null
        ? null
        : {
            requested_at: run.cancel_requested_at.toISOString(),
            by: run.cancel_requested_by,
            reason: run.cancel_reason,
          },
    ...(run.error_code === null
      ? {}
      : { error: { code: run.error_code, message: run.error_message, next: run.error_next } }),
  };
}
