import { sql } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';

/** Code and reason of a run that was ended because somebody asked for it. */
export const cancelledCode = 'cancelled';

/** Who asked that a run ends, and why; null: no reason was given. */
export interface CancelRequest {
  readonly by: string;
  readonly reason: string | null;
}

/**
 * `requested`: the process that runs it ends it at its next heartbeat. `already`: somebody asked before. `not_running`: it has ended
 * meanwhile.
 */
export type CancelAnswer = 'requested' | 'already' | 'not_running';

/** Asks that a run ends, with a row in the action log, in one transaction. Which process runs it does not matter. */
export async function requestCancel(
  { db }: Pick<OpenDatabase, 'db'>,
  runId: string,
  { by, reason }: CancelRequest,
): Promise<CancelAnswer> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ requested: boolean }>`
      select cancel_requested_at is not null as requested from opsdeck_jobs.job_run
       where id = ${runId}::uuid and status = 'running' for update`.execute(trx);
    const [run] = rows;
    if (run === undefined) return 'not_running';
    if (run.requested) return 'already';
    await sql`
      update opsdeck_jobs.job_run
         set cancel_requested_at = now(), cancel_requested_by = ${by}, cancel_reason = ${reason}
       where id = ${runId}::uuid`.execute(trx);
    await sql`
      insert into opsdeck_jobs.action_log (actor, action, subject, note)
      values (${by}, 'run.cancel', ${`run:${runId}`}, ${reason})`.execute(trx);
    return 'requested';
  });
}
