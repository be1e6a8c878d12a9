import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { OpenDatabase } from '../db/open-database.ts';
import type { RunStatus } from '../db/tables/runs.ts';
import type { JsonObject } from '../json.ts';

/** How a run ended; texts hold no secrets. */
export interface RunEnd {
  readonly runId: string;
  readonly status: Exclude<RunStatus, 'running' | 'skipped' | 'missed'>;
  /** Business time. */
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly result: JsonObject | null;
  readonly error: { readonly code: string; readonly message: string; readonly stack: string | null } | null;
}

/** Pauses between the attempts to record: a short absence of the database must not leave the run open. */
const pausesMs = [0, 500, 2000] as const;

/**
 * Stores the end of a run, if it is still ours and running: otherwise false, and nothing is changed. Tries again a few times;
 * the last error is thrown, and the run then stays open until its heartbeat lapses.
 */
export async function recordEnd(database: OpenDatabase, end: RunEnd): Promise<boolean> {
  let failure: unknown;
  for (const pause of pausesMs) {
    if (pause > 0) await sleep(pause);
    try {
      return await record(database, end);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function record(database: OpenDatabase, end: RunEnd): Promise<boolean> {
  const { rows } = await sql`
    update opsdeck_jobs.job_run
       set status = ${end.status}, finished_at = greatest(${end.finishedAt}::timestamptz, started_at),
           duration_ms = ${end.durationMs}::integer,
           result = ${end.result === null ? null : JSON.stringify(end.result)}::text::jsonb,
           error_code = ${end.error?.code ?? null}, error_message = ${end.error?.message ?? null},
           error_stack = ${end.error?.stack ?? null}
     where id = ${end.runId}::uuid
       -- the second half: an earlier attempt was stored, only its answer was lost
       and (status = 'running' or (status = ${end.status} and duration_ms = ${end.durationMs}::integer))
    returning id`.execute(database.control);
  return rows.length > 0;
}
