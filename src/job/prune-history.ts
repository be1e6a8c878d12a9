import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { dayOf } from '../time/calendar-day.ts';
import type { JobDefinition } from './define-job.ts';
import { evidenceDays } from './evidence-days.ts';
import { heldRun, heldRuns } from './held-run.sql.ts';

export interface PruneOptions {
  /** Every job of the program, whoever prunes: each may have runs to keep. */
  readonly jobs: readonly Pick<JobDefinition, 'runsToKeep' | 'resultToKeep'>[];
  /** Runs that ended longer ago than this are counted, or kept in short form. */
  readonly keepMs: number;
  /** Business time. */
  readonly now: Date;
  /** IANA name of the zone of the days by which runs are counted. */
  readonly zone: string;
  /** Rows of one statement. */
  readonly batch: number;
  /** No more than one statement's worth: for whoever comes again soon. Default: all that is old. */
  readonly once?: boolean;
}

/** Rows of the history. */
export interface Pruned {
  /** Removed, and counted by job and day where they had succeeded. */
  readonly removed: number;
  /** Kept without their result and the stack of their error. */
  readonly shortened: number;
}

/**
 * Shortens the history of runs. After `keepMs` a routine success becomes a count in `run_day`. What is evidence loses its result, log and
 * stack, and is removed after {@link evidenceDays}: runs that failed, timed out, were missed, skipped or interrupted, and those that stored
 * something that people read. `run_tally` keeps the numbers of all, so that what is counted never goes down. Each batch is one
 * statement. Several hosts may prune at once; none waits for another.
 *
 * Never touched: what is running, the newest run and the newest success of a job (its health is read from them), and runs under a legal
 * hold. Never removed: runs that messages and the rows of jobs name as their origin.
 */
export async function pruneHistory(db: Kysely<Database>, options: PruneOptions): Promise<Pruned> {
  const untouched = await healthOf(db);
  let [removed, shortened] = [0, 0];
  const before = new Date(options.now.getTime() - options.keepMs);
  for (;;) {
    const done = await pruneBatch(db, untouched, before, options);
    removed += done.removed;
    shortened += done.shortened;
    if (done.removed + done.shortened < options.batch || options.once === true) break;
  }
  for (;;) {
    const done = await removeShort(db, untouched, evidenceEnd(before, options), options);
    removed += done;
    if (done < options.batch || options.once === true) break;
  }
  return { removed, shortened };
}

/** Evidence that is older goes. Where `keep_history` is longer, that counts. */
function evidenceEnd(before: Date, { now }: PruneOptions): Date {
  return new Date(Math.min(before.getTime(), now.getTime() - evidenceDays * 86_400_000));
}

/**
 * One statement: ids of the newest run and the newest success of each job. What is not among them now is not later either, as
 * runs only become older. From job to job by index, however long the history is.
 */
async function healthOf(db: Kysely<Database>): Promise<readonly string[]> {
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

/** Does a message, or a row of a job, name the run `r` as its origin? Not "exists": each is read once and hashed, as it may have no index by run. */
function isNamed({ jobs }: PruneOptions): RawBuilder<boolean> {
  const ofJobs = jobs.flatMap(({ runsToKeep }) =>
    runsToKeep === undefined ? [] : [sql`r.id in (${runsToKeep})`],
  );
  const all = [sql`exists (select from opsdeck_jobs.message m where m.run_id = r.id)`, ...ofJobs];
  return sql<boolean>`(${sql.join(all, sql` or `)})`;
}

/** Of the run `r`; null: nothing of it stays. */
const shortResult = ({ jobs }: PruneOptions) => sql`(
  select jsonb_object_agg(m.key, m.value)
    from jsonb_each(case jsonb_typeof(r.result) when 'object' then r.result end) m
   where m.key = any (${jobs.flatMap(({ resultToKeep }) => resultToKeep ?? [])}::text[]))`;

/** Adds those of `removed` that succeeded to `run_day`. In one order everywhere, so that two who prune do not wait for each other in a circle. */
const countByDay = (zone: string) => sql`
  insert into opsdeck_jobs.run_day as d (job, day, runs)
  select job, (started_at at time zone ${zone}::text)::date as day, count(*) from removed where status = 'succeeded'
   group by 1, 2 order by 1, 2
  on conflict (job, day) do update set runs = d.runs + excluded.runs`;

async function pruneBatch(
  db: Kysely<Database>,
  untouched: readonly string[],
  before: Date,
  options: PruneOptions,
): Promise<Pruned> {
  const { now, zone, batch } = options;
  const { rows } = await sql<Pruned>`
    with old as materialized (
      select r.id, r.status = 'succeeded' and not ${isNamed(options)} as routine
        from opsdeck_jobs.job_run r
       where not r.short
         and r.started_at < ${before}::timestamptz and r.finished_at < ${before}::timestamptz
         and r.status <> 'running'
         and r.id <> all (${untouched}::uuid[])
         and not ${heldRun(dayOf(now, zone))}
       -- By the index, from the oldest on: a batch looks at no more rows than it takes.
       order by r.started_at
       limit ${batch}::integer
         -- Whoever prunes at the same moment takes other rows.
         for update skip locked
    ), removed as (
      -- Not "using old": that may read the whole table.
      delete from opsdeck_jobs.job_run r where r.id = any (array(select id from old where routine))
      returning r.job, r.status, r.started_at
    ), counted as (${countByDay(zone)}
    ), shortened as (
      update opsdeck_jobs.job_run r set short = true, result = ${shortResult(options)}, error_stack = null
       where r.id = any (array(select id from old where not routine))
      returning r.id
    ), unlogged as (
      -- Of those that were removed, the log goes by its foreign key.
      delete from opsdeck_jobs.run_log l where l.run_id = any (array(select id from old where not routine))
    )
    select (select count(*)::integer from removed) as removed, (select count(*)::integer from shortened) as shortened`.execute(
    db,
  );
  return rows[0] ?? { removed: 0, shortened: 0 };
}

/** What is older than evidence must be, and its count. Returns how many runs were removed. */
async function removeShort(
  db: Kysely<Database>,
  untouched: readonly string[],
  before: Date,
  options: PruneOptions,
): Promise<number> {
  const { now, zone, batch } = options;
  const { rows } = await sql<{ removed: number }>`
    with old as materialized (
      select r.id from opsdeck_jobs.job_run r
       where r.short and r.started_at < ${before}::timestamptz
         and r.id <> all (${untouched}::uuid[])
         and not ${isNamed(options)}
         and not ${heldRun(dayOf(now, zone))}
       order by r.started_at
       limit ${batch}::integer
         for update skip locked
    ), removed as (
      delete from opsdeck_jobs.job_run r where r.id = any (array(select id from old))
      returning r.id
    ), forgotten as (
      delete from opsdeck_jobs.run_day d where d.day < ${dayOf(before, zone)}::date and not ${heldRuns(dayOf(now, zone))}
    )
    select count(*)::integer as removed from removed`.execute(db);
  return rows[0]?.removed ?? 0;
}
