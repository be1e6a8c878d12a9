import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { JobDefinition } from './define-job.ts';

export interface PruneOptions {
  /** Every job of the program, whoever prunes: each may have runs to keep. */
  readonly jobs: readonly Pick<JobDefinition, 'runsToKeep'>[];
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
 * that messages and the rows of jobs name as their origin.
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
 * One statement: ids of the newest run and the newest success of each job. What is not among them now is not later either, as
 * runs only become older. From job to job by index, however long the history is.
 */
async function runsToKeep(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive jobs as (
      (select r.job from opsdeck_jobs.job_run r order by r.job limit 1)
      union all
      select (select r.job from opsdeck_jobs.job_run r where r.job > jobs.job order by r.job limit 1)
        from jobs where jobs.job is not null
    )
    select kept.id from jobs cross join lateral (
      ${newestOf(sql<boolean>`r.status not in ('skipped', 'missed')`)}
      union all
      ${newestOf(sql<boolean>`r.status = 'succeeded'`)}) kept`.execute(db);
  return rows.map(({ id }) => id);
}

/** Of `jobs.job`. Not "=": with a range and this order, the planner can only use an index that begins with the job. */
const newestOf = (condition: RawBuilder<boolean>) => sql`
  (select r.id from opsdeck_jobs.job_run r
    where r.job >= jobs.job and r.job <= jobs.job and ${condition}
    order by r.job, r.started_at desc limit 1)`;

async function pruneBatch(
  db: Kysely<Database>,
  kept: readonly string[],
  { jobs, keepMs, now, batch }: PruneOptions,
): Promise<number> {
  const before = new Date(now.getTime() - keepMs);
  // Not "not exists": each is read once and hashed, as it may have no index by run.
  const notOfJobs = jobs.flatMap(({ runsToKeep }) =>
    runsToKeep === undefined ? [] : [sql`and r.id not in (${runsToKeep})`],
  );
  const { rows } = await sql<{ removed: number }>`
    with old as (
      select r.id
        from opsdeck_jobs.job_run r
       where r.started_at < ${before}::timestamptz and r.finished_at < ${before}::timestamptz
         and r.status <> 'running'
         and r.id <> all (${kept}::uuid[])
         and not exists (select from opsdeck_jobs.message m where m.run_id = r.id)
         ${sql.join(notOfJobs, sql` `)}
       -- By the index, from the oldest on: a batch looks at no more rows than it takes.
       order by r.started_at
       limit ${batch}::integer
         -- Whoever prunes at the same moment takes other rows.
         for update skip locked
    ), removed as (
      -- Not "using old": that may read the whole table.
      delete from opsdeck_jobs.job_run r where r.id = any (array(select id from old))
      returning r.id
    )
    select count(*)::integer as removed from removed`.execute(db);
  return rows[0]?.removed ?? 0;
}
