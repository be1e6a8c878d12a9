import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { OpenDatabase } from '../db/database.ts';
import type { CancelRequest } from './cancel-run.ts';
import { heartbeats } from './claim.ts';
import { lapsedAfterSeconds } from './lapsed-run.sql.ts';

/** How often a run is vouched for. */
const heartbeatEveryMs = 10_000;

/** What a heartbeat may find out; each is called at most once. */
export interface HeartbeatFindings {
  /** The run is no longer ours: its row says so, or the database could not be reached for so long that others may take it for lapsed. */
  onLost(): void;
  /** Somebody asked that the run ends. */
  onCancel(request: CancelRequest): void;
}

/**
 * Renews a run's heartbeat until stopped, and reads with it whether the run is to end. Local time only bounds the trust that it is
 * still ours; the row decides. An embedded run has one owner and no heartbeat: its row is only read.
 */
export function startHeartbeat(
  database: OpenDatabase,
  runId: string,
  logger: Logger,
  findings: HeartbeatFindings,
  everyMs: number = heartbeatEveryMs,
): { stop(): void } {
  const stopped = new AbortController();
  void beat(database, runId, logger, findings, everyMs, stopped.signal);
  return { stop: () => stopped.abort() };
}

async function beat(
  database: OpenDatabase,
  runId: string,
  logger: Logger,
  { onLost, onCancel }: HeartbeatFindings,
  everyMs: number,
  stopped: AbortSignal,
): Promise<void> {
  let vouchedAt = performance.now();
  let failing = false;
  let cancelled = false;
  const lapses = heartbeats(database);
  while (await waited(everyMs, stopped)) {
    try {
      const sent = performance.now();
      const row = await renew(database, runId, lapses);
      if (stopped.aborted) return;
      if (row === undefined) return onLost();
      if (row.request !== null && !cancelled) {
        cancelled = true;
        onCancel(row.request);
      }
      vouchedAt = sent;
      failing = false;
    } catch (error) {
      if (stopped.aborted) return;
      // Once for each absence of the database: it may be long, and there may be many runs.
      logger[failing ? 'debug' : 'warn'](
        { 'event.action': 'job.heartbeat', 'event.outcome': 'failure', err: error },
        'heartbeat failed',
      );
      failing = true;
      if (lapses && performance.now() - vouchedAt > lapsedAfterSeconds * 1000) return onLost();
    }
  }
}

/** undefined: the run is not running any more. */
async function renew(
  database: OpenDatabase,
  runId: string,
  lapses: boolean,
): Promise<{ readonly request: CancelRequest | null } | undefined> {
  const { rows } = await (lapses
    ? sql<CancelColumns>`
        update opsdeck_jobs.job_run set heartbeat_at = now()
         where id = ${runId}::uuid and status = 'running'
        returning cancel_requested_by, cancel_reason`
    : sql<CancelColumns>`
        select cancel_requested_by, cancel_reason from opsdeck_jobs.job_run
         where id = ${runId}::uuid and status = 'running'`
  ).execute(database.control);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { cancel_requested_by: by, cancel_reason: reason } = row;
  return { request: by === null ? null : { by, reason } };
}

interface CancelColumns {
  readonly cancel_requested_by: string | null;
  readonly cancel_reason: string | null;
}

async function waited(ms: number, stopped: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: stopped, ref: false });
    return true;
  } catch {
    return false;
  }
}
