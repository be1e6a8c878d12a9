import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';

/*
 * Who works on a comparison.
 *
 * Model: `uar_comparison_state.claimed_by` names the run; the claim counts while that run is `running`, so that one whose runner was killed
 * is free as soon as its heartbeat has lapsed. Claimed by one statement, which waits for nobody who is executing: an execution
 * takes the row only at its end. What is due is read again after the claim, because another run may just have done it.
 *
 * The guarantee that one execution of a comparison is stored at a time is `takeClaim`, the first statement that an execution
 * writes with: it locks the row and finds itself in it, or everything of it rolls back.
 */

/** True when the comparison is ours now; false while another run that is going has it. */
export async function claimComparison(
  trx: Transaction<Database>,
  comparisonId: number,
  { runId, now }: { readonly runId: string; readonly now: Date },
): Promise<boolean> {
  const { rows } = await sql`
    insert into opsdeck_jobs.uar_comparison_state as o (comparison_id, claimed_by, claimed_at)
    values (${comparisonId}::int, ${runId}::uuid, ${now}::timestamptz)
    on conflict (comparison_id) do update set claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at
     where o.claimed_by is null or o.claimed_by = excluded.claimed_by
        or not exists (select from opsdeck_jobs.job_run r where r.id = o.claimed_by and r.status = 'running')
    returning comparison_id`.execute(trx);
  return rows.length > 0;
}

/** The comparison is no longer ours: another run took it up. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** Locks the claim until the end of the transaction. @throws ClaimLost */
export async function takeClaim(
  trx: Transaction<Database>,
  comparisonId: number,
  runId: string,
): Promise<void> {
  const { rows } = await sql`
    select 1 from opsdeck_jobs.uar_comparison_state
     where comparison_id = ${comparisonId}::int and claimed_by = ${runId}::uuid for update`.execute(trx);
  if (rows.length === 0) throw new ClaimLost(`comparison ${comparisonId} was taken up by another run`);
}

export async function releaseClaim(
  trx: Transaction<Database>,
  comparisonId: number,
  runId: string,
): Promise<void> {
  await sql`
    update opsdeck_jobs.uar_comparison_state set claimed_by = null, claimed_at = null
     where comparison_id = ${comparisonId}::int and claimed_by = ${runId}::uuid`.execute(trx);
}
