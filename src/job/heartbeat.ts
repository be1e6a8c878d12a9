import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { OpenDatabase } from '../db/open-database.ts';
import { heartbeats } from './claim.ts';
import { lapsedAfterSeconds } from './jobs-snapshot.ts';

/** How often a run is vouched for. */
const heartbeatEveryMs = 10_000;

/**
 * Vouches for a run until stopped. `onLost` is called once when the run is no longer ours: its row says so, or the database
 * could not be reached for so long that others may take it for lapsed. Local time only bounds that trust; the row decides.
 */
export function startHeartbeat(
  database: OpenDatabase,
  runId: string,
  logger: Logger,
  onLost: () => void,
  everyMs: number = heartbeatEveryMs,
): { stop(): void } {
  if (!heartbeats(database)) return { stop: () => undefined };
  const stopped = new AbortController();
  void beat(database, runId, logger, onLost, everyMs, stopped.signal);
  return { stop: () => stopped.abort() };
}

async function beat(
  database: OpenDatabase,
  runId: string,
  logger: Logger,
  onLost: () => void,
  everyMs: number,
  stopped: AbortSignal,
): Promise<void> {
  let vouchedAt = performance.now();
  let failing = false;
  while (await waited(everyMs, stopped)) {
    try {
      const sent = performance.now();
      const ours = await vouch(database, runId);
      if (stopped.aborted) return;
      if (!ours) return onLost();
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
      if (performance.now() - vouchedAt > lapsedAfterSeconds * 1000) return onLost();
    }
  }
}

async function vouch(database: OpenDatabase, runId: string): Promise<boolean> {
  const { rows } = await sql`
    update opsdeck_jobs.job_run set heartbeat_at = now()
     where id = ${runId}::uuid and status = 'running' returning id`.execute(database.control);
  return rows.length > 0;
}

async function waited(ms: number, stopped: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: stopped, ref: false });
    return true;
  } catch {
    return false;
  }
}
