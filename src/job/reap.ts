import { sql } from 'kysely';
import { lapsedAfterSeconds, lapsedMessage, lapsedReason } from './lapsed-run.sql.ts';
import type { RunEnvironment } from './run-environment.ts';

interface LapsedRun {
  readonly id: string;
  readonly job: string;
  readonly runner: string;
}

/**
 * Marks runs whose heartbeat has lapsed `interrupted`, of these jobs or (null) of all, by the database's own clock; true when
 * there were any. Their runner may still be alive, cut off from the database: the fence in its transactions then rolls back
 * what it writes. One that is just committing (its fence locks the row) is left for the next look: nobody waits for a runner
 * that may stand still. Embedded runs have no heartbeat and never lapse; whoever opens the folder ends them.
 */
export async function reapLapsedRuns(
  { database, logger }: Pick<RunEnvironment, 'database' | 'logger'>,
  jobs: readonly string[] | null,
): Promise<boolean> {
  const { rows } = await sql<LapsedRun>`
    with lapsed as (
      select id from opsdeck_jobs.job_run
       where status = 'running' and (${jobs}::text[] is null or job = any (${jobs}::text[]))
         and heartbeat_at < now() - make_interval(secs => ${lapsedAfterSeconds}::integer)
       order by id
         for update skip locked
    )
    update opsdeck_jobs.job_run r
       set status = 'interrupted', finished_at = greatest(${database.clock.now()}::timestamptz, started_at),
           reason = ${lapsedReason}, error_code = 'interrupted', error_message = ${lapsedMessage}
      from lapsed
     where r.id = lapsed.id
    returning r.id, r.job, r.runner`.execute(database.control);
  for (const { id, job, runner } of rows) {
    logger.warn(
      {
        'event.action': 'job.interrupted',
        'event.reason': lapsedReason,
        'labels.job': job,
        'labels.run_id': id,
        'trace.id': id,
      },
      `run ${id} of ${job} on ${runner} no longer renews its lease; marked as interrupted`,
    );
  }
  return rows.length > 0;
}
