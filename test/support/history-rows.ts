import { sql } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { RunStatus } from '../../src/db/tables/runs.ts';

/** A row of `job_run` as a test needs it. */
export interface HistoryRow {
  readonly job?: string;
  readonly status?: RunStatus;
  readonly startedAt: Date;
  readonly durationMs?: number | null;
  /** Start minus `scheduled_for`; undefined: not scheduled. */
  readonly lateMs?: number;
  /** Firings that the row stands for. */
  readonly standsFor?: number;
}

/** Writes rows into the history, in one statement; returns their ids. */
export async function addHistory({ db }: OpenDatabase, history: readonly HistoryRow[]): Promise<string[]> {
  const rows = history.map(
    ({ job = 'sweep', status = 'succeeded', startedAt, durationMs = 1000, lateMs, standsFor }) => ({
      job,
      status,
      started_at: startedAt,
      finished_at: status === 'running' ? null : startedAt,
      duration_ms: durationMs,
      scheduled_for: lateMs === undefined ? null : new Date(startedAt.getTime() - lateMs),
      stands_for: standsFor === undefined ? null : { count: standsFor },
    }),
  );
  const written = await sql<{ id: string }>`
    insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, params, stands_for, started_at, finished_at,
                                      duration_ms, runner, program_version)
    select job, status, 'schedule', scheduled_for, '{}', stands_for, started_at, finished_at, duration_ms, 'a:1', '1'
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(
             job text, status text, scheduled_for timestamptz, stands_for jsonb, started_at timestamptz,
             finished_at timestamptz, duration_ms integer)
    returning id`.execute(db);
  return written.rows.map(({ id }) => id);
}
