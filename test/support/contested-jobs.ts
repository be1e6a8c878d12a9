import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { testJob } from './runner.ts';

export interface ContestedJobsShape {
  readonly count: number;
  readonly schedule: string;
  /** A run takes up to so long, in the middle of its transaction. Milliseconds of the process. */
  readonly longestMs: number;
}

/**
 * Jobs that leave a row of their own in `firing_work` (test/fault/firing-record.ts), so that what happened can be counted
 * without believing the runner. In the middle of its transaction a run reads `firing_gate`, which a test can lock.
 * Every other job may be repeated.
 */
export function contestedJobs({ count, schedule, longestMs }: ContestedJobsShape): readonly JobDefinition[] {
  return Array.from({ length: count }, (_, index) => ({
    ...testJob({
      name: `contested-${String(index).padStart(4, '0')}`,
      schedule,
      run: async ({ transaction, runId, signal }) =>
        transaction(async (trx) => {
          await sql`
            insert into firing_work (run_id, job, scheduled_for)
            select id, job, scheduled_for from opsdeck_jobs.job_run where id = ${runId}::uuid`.execute(trx);
          if (longestMs > 0) await sleep(Math.random() * longestMs, undefined, { signal });
          await sql`select from firing_gate`.execute(trx);
          return {};
        }),
    }),
    repeatable: index % 2 === 1,
  }));
}
