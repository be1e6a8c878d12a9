import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';

export interface PruneOptions {
  /** Runs that ended longer ago than this go. */
  readonly keepMs: number;
  /** Business time. */
  readonly now: Date;
  /** Rows of one statement. */
  readonly batch: number;
  /** No more than one statement's worth: for whoever comes again soon. Default: all that is old. */
  readonly once?: boolean;
}

/**
 * Takes old rows out of the history of runs; `run_tally` keeps their numbers, so that what is counted never goes down. Each batch
 * is one statement. Several hosts may prune at once; none waits for another.
 *
 * Never taken: what is running, the newest run and the newest success of a job (its health is read from them), and runs
 * that messages and drift snapshots name as their origin.
 *
 * @returns how many rows were taken.
 */
export async function pruneHistory(db: Kysely<Database>, options: PruneOptions): Promise<number> {
  const kept = await runsToKeep(db);
  let total = 0;
  for (;;) {
    const removed = await pruneBatch(db, kept, options);
    total += removed;
    if (removed < options.batch || options.once === true) return total;
  }
}

/**
 * One statement: ids of the newest run and the newest success of each job, and of what drift snapshots rest on. What is not
 * among them now is not later either, as runs only become older.
 */
async function runsToKeep(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    (select distinct on (job) id from opsdeck_jobs.job_run
      where status not in ('skipped', 'missed') order by job, started_at desc, id desc)
    union
    (select distinct on (job) id from opsdeck_jobs.job_run
      where status = 'succeeded' order by job, started_at desc, id desc)
    union
    select run_id from opsdeck_jobs.drift_snapshot`.execute(db);
  return rows.map(({ id }) => id);
}

async function pruneBatch(
  db: Kysely<Database>,
  kept: readonly string[],
  { keepMs, now, batch }: PruneOptions,
): Promise<number> {
  const before = new Date(now.getTime() - keepMs);
  const { rows } = await sql<{ removed: number }>`
    with old as (
      select r.id
        from opsdeck_jobs.job_run r
       where r.started_at < ${before}::timestamptz and r.finished_at < ${before}::timestamptz
         and r.status <> 'running'
         and r.id <> all (${kept}::uuid[])
         and not exists (select from opsdeck_jobs.message m where m.run_id = r.id)
       -- By the index, from the oldest on: a batch looks at no more rows than it takes.
       order by r.started_at
       limit ${batch}::integer
         -- Whoever prunes at the same moment takes other rows.
         for update skip locked
    ), removed as (
      delete from opsdeck_jobs.job_run r using old where r.id = old.id
      returning r.id
    )
    select count(*)::integer as removed from removed`.execute(db);
  return rows[0]?.removed ?? 0;
}
