import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import { isAway } from '../db/errors.ts';
import type { RunStatus } from '../db/tables/runs.ts';
import type { JsonObject } from '../text/json.ts';
import { storableJson, storableText } from '../text/storable.ts';

/** How a run ended; texts hold no secrets. */
export interface RunEnd {
  readonly runId: string;
  readonly status: Exclude<RunStatus, 'running' | 'skipped' | 'missed'>;
  /** Business time. */
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly result: JsonObject | null;
  /** When its firing is taken up again; null: not. */
  readonly retryAt: Date | null;
  /** Why it was interrupted; null: see the error. */
  readonly reason: string | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** A sentence; null: the error names no step. */
    readonly next: string | null;
    readonly stack: string | null;
  } | null;
}

/** Pauses between the attempts to record: a short absence of the database must not leave the run open. */
const pausesMs = [500, 2000] as const;
/** What follows where nobody waits for the answer, within the time that the last heartbeat is good for. */
const patientPausesMs = [...pausesMs, 5000, 5000, 10_000, 10_000, 10_000] as const;

/** How long it may be tried. */
export interface Patience {
  /** While the database restarts, not only for a moment. */
  readonly patient: boolean;
  /** Aborted: once more, and no longer. */
  readonly stop: AbortSignal;
}

/**
 * Stores the end of a run, if it is still ours and running: otherwise false, and nothing is changed. Tries again for a while;
 * the last error is thrown, and {@link recordLater} may go on.
 */
export async function recordEnd(
  database: OpenDatabase,
  end: RunEnd,
  { patient, stop }: Patience,
): Promise<boolean> {
  const pauses: number[] = [...(patient ? patientPausesMs : pausesMs)];
  for (;;) {
    try {
      return await record(database, end);
    } catch (error) {
      const pause = pauses.shift();
      if (pause === undefined) throw error;
      // An order to stop came before this, too, where it is what ended the run: the short pauses are always made.
      const short = pause <= pausesMs[1];
      if (!short && stop.aborted) throw error;
      await sleep(pause, undefined, short ? {} : { signal: stop }).catch(() => undefined);
    }
  }
}

const laterMs = 2000;

/**
 * Goes on trying, at the same end, for as long as the database is open: a run must not stay open, and keep the next one of its job
 * out, while the process that ran it lives. What the database will not store is left out then. Never rejects.
 *
 * @returns how it ended; `abandoned`: the database was closed before.
 */
export async function recordLater(
  database: OpenDatabase,
  end: RunEnd,
): Promise<'recorded' | 'lost' | 'abandoned'> {
  const { closed } = database;
  for (;;) {
    await sleep(laterMs, undefined, { signal: closed, ref: false }).catch(() => undefined);
    if (closed.aborted) return 'abandoned';
    const recorded = await record(database, end)
      .catch((error: unknown) => (isAway(error) ? undefined : record(database, withoutResult(end))))
      .catch(() => undefined);
    if (recorded !== undefined) return recorded ? 'recorded' : 'lost';
  }
}

/** The database answers, and refuses: it is the result, or a text of the error, that it cannot store. */
function withoutResult(end: RunEnd): RunEnd {
  return {
    ...end,
    status: end.status === 'succeeded' ? 'failed' : end.status,
    result: null,
    error: {
      code: 'not_recorded',
      message: `The job ended (${end.status}), but the database refused to store its end.`,
      next: 'Look at the log of the host that ran it.',
      stack: null,
    },
  };
}

/** A message is read by people; a stack by whoever mends the job. */
const longestMessage = 4000;
const longestStack = 20_000;

function textOf(text: string | null | undefined, longest: number): string | null {
  return text === null || text === undefined ? null : storableText(text).slice(0, longest);
}

async function record(database: OpenDatabase, end: RunEnd): Promise<boolean> {
  const { rows } = await sql`
    update opsdeck_jobs.job_run
       set status = ${end.status}, finished_at = greatest(${end.finishedAt}::timestamptz, started_at),
           duration_ms = ${end.durationMs}::integer,
           result = ${end.result === null ? null : storableJson(end.result)}::text::jsonb,
           retry_at = ${end.retryAt}::timestamptz, reason = coalesce(${end.reason}, reason), error_code = ${end.error?.code ?? null}, error_message = ${textOf(end.error?.message, longestMessage)},
           error_stack = ${textOf(end.error?.stack, longestStack)},
           error_next = ${textOf(end.error?.next, longestMessage)}
     where id = ${end.runId}::uuid
       -- the second half: an earlier attempt was stored, only its answer was lost
       and (status = 'running' or (status = ${end.status} and duration_ms = ${end.durationMs}::integer))
    returning id`.execute(database.control);
  return rows.length > 0;
}
