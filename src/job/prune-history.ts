import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { countColumns, countRuns, sumOfArrays } from './run-buckets.ts';

export interface PruneOptions {
  /** Runs that ended longer ago than this go. */
  readonly keepMs: number;
  /** Business time. */
  readonly now: Date;
  /** Rows of one statement. */
  readonly batch: number;
}

/**
 * Takes old rows out of the history of runs and adds them to `run_tally`, so that what is counted never goes down. Each batch
 * is one statement: either its rows are gone and counted, or neither. Several hosts may prune at once; none waits for
 * another.
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
    if (removed < options.batch) return total;
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
      returning r.*
    ), tallied as (
      insert into opsdeck_jobs.run_tally as t (job, status, ${countColumns})
      select * from (${countRuns(sql`removed r`)}) counted
       -- In one order everywhere: two who prune at once do not wait for each other in a circle.
       order by job, status
      on conflict (job, status) do update set
        runs = t.runs + excluded.runs,
        duration_sum_ms = t.duration_sum_ms + excluded.duration_sum_ms,
        duration_buckets = ${sumOfArrays(sql`t.duration_buckets`, sql`excluded.duration_buckets`)},
        lateness_sum_ms = t.lateness_sum_ms + excluded.lateness_sum_ms,
        lateness_buckets = ${sumOfArrays(sql`t.lateness_buckets`, sql`excluded.lateness_buckets`)},
        lateness_count = t.lateness_count + excluded.lateness_count
    )
    select count(*)::integer as removed from removed`.execute(db);
  return rows[0]?.removed ?? 0;
}
