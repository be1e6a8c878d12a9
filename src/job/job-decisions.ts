import { sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { JsonObject } from '../text/json.ts';

/** What an operator decides about a job; kept in `job_state`, and in `action_log` with who and when. */
export type JobDecision =
  | { readonly action: 'enable' | 'disable' | 'resume' }
  | { readonly action: 'pause'; readonly until: Date | null; readonly reason: string | null };

interface DecidedState {
  readonly enabled: boolean;
  readonly paused_at: Date | null;
  readonly paused_until: Date | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
}

/**
 * Carries out a decision, with its row in the action log, in one transaction. `enable` and `resume` start the schedule from
 * now: what was due in between is not made up for. The same decision twice changes nothing: false.
 */
export async function decideJob(
  database: Pick<OpenDatabase, 'db' | 'clock'>,
  job: string,
  decision: JobDecision,
  actor: string,
): Promise<boolean> {
  const now = database.clock.now();
  return database.db.transaction().execute(async (trx) => {
    const before = await lockState(trx, job);
    const after = apply(before, decision, actor, now);
    if (after === null) return false;
    const restart = decision.action === 'enable' || decision.action === 'resume';
    await sql`
      update opsdeck_jobs.job_state
         set enabled = ${after.enabled}::boolean, paused_at = ${after.paused_at}::timestamptz,
             paused_until = ${after.paused_until}::timestamptz, paused_by = ${after.paused_by},
             pause_reason = ${after.pause_reason},
             last_scheduled_for = case when ${restart}::boolean then ${now}::timestamptz else last_scheduled_for end,
             updated_at = ${now}::timestamptz
       where job = ${job}`.execute(trx);
    await sql`
      insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
      values (${now}::timestamptz, ${actor}, ${`job.${decision.action}`}, ${`job:${job}`},
              ${JSON.stringify(describe(before))}::text::jsonb, ${JSON.stringify(describe(after))}::text::jsonb,
              ${decision.action === 'pause' ? decision.reason : null})`.execute(trx);
    return true;
  });
}

async function lockState(trx: Transaction<Database>, job: string): Promise<DecidedState> {
  const { rows } = await sql<DecidedState>`
    select enabled, paused_at, paused_until, paused_by, pause_reason
      from opsdeck_jobs.job_state where job = ${job} for update`.execute(trx);
  const [state] = rows;
  if (state === undefined) throw new Error(`job ${job} is not registered`);
  return state;
}

/** The state after the decision; null when it is so already. */
function apply(before: DecidedState, decision: JobDecision, actor: string, now: Date): DecidedState | null {
  switch (decision.action) {
    case 'enable':
    case 'disable': {
      const enabled = decision.action === 'enable';
      return before.enabled === enabled ? null : { ...before, enabled };
    }
    case 'resume':
      if (before.paused_at === null) return null;
      return { ...before, paused_at: null, paused_until: null, paused_by: null, pause_reason: null };
    case 'pause': {
      const same =
        before.paused_at !== null &&
        before.paused_until?.getTime() === decision.until?.getTime() &&
        before.pause_reason === decision.reason;
      if (same) return null;
      // A pause that is in force goes on; only its end, its reason and who is behind it change.
      const inForce =
        before.paused_at !== null && (before.paused_until === null || before.paused_until > now);
      return {
        ...before,
        paused_at: inForce ? before.paused_at : now,
        paused_until: decision.until,
        paused_by: actor,
        pause_reason: decision.reason,
      };
    }
    default:
      return decision satisfies never;
  }
}

function describe(state: DecidedState): JsonObject {
  return {
    enabled: state.enabled,
    paused_at: state.paused_at?.toISOString() ?? null,
    paused_until: state.paused_until?.toISOString() ?? null,
    pause_reason: state.pause_reason,
  };
}
