import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { RunStatus } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';

/** All runs of a job that ended in one way. Buckets are not cumulative; their bounds are in `run-buckets.ts`. */
export interface RunCount {
  readonly job: string;
  readonly status: RunStatus;
  readonly runs: number;
  readonly durationSumMs: number;
  readonly durationBuckets: readonly number[];
  readonly latenessSumMs: number;
  readonly latenessBuckets: readonly number[];
}

const counts = z.array(z.coerce.number());
const runRow = z.object({
  job: z.string(),
  status: z.enum(['succeeded', 'failed', 'skipped', 'timed_out', 'interrupted', 'missed']),
  runs: z.coerce.number(),
  duration_sum_ms: z.coerce.number(),
  duration_buckets: counts,
  lateness_sum_ms: z.coerce.number(),
  lateness_buckets: counts,
});

/** All runs that ever ended, pruned ones included. The work does not grow with the history. */
export async function readRunCounts(db: Kysely<Database>): Promise<readonly RunCount[]> {
  const { rows } = await sql`
    select job, status, runs, duration_sum_ms, duration_buckets, lateness_sum_ms, lateness_buckets
      from opsdeck_jobs.run_tally`.execute(db);
  return rows
    .map((row) => toRunCount(runRow.parse(row)))
    .sort((a, b) => a.job.localeCompare(b.job) || a.status.localeCompare(b.status));
}

function toRunCount(row: z.output<typeof runRow>): RunCount {
  return {
    job: row.job,
    status: row.status,
    runs: row.runs,
    durationSumMs: row.duration_sum_ms,
    durationBuckets: row.duration_buckets,
    latenessSumMs: row.lateness_sum_ms,
    latenessBuckets: row.lateness_buckets,
  };
}

/** Element by element. */
export function addBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((count, index) => count + (b[index] ?? 0));
}
