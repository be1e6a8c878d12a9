import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { RunStatus } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';
import { countColumns, countRuns } from '../job/run-buckets.ts';

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

/** What is in the history and what was pruned from it, in one statement: a run is in either, never in both or in none. */
export async function readRunCounts(db: Kysely<Database>): Promise<readonly RunCount[]> {
  const { rows } = await sql`
    ${countRuns(sql`opsdeck_jobs.job_run r`)}
    union all
    select job, status, ${countColumns} from opsdeck_jobs.run_tally`.execute(db);
  const sums = new Map<string, RunCount>();
  for (const row of rows) {
    const count = toRunCount(runRow.parse(row));
    const key = `${count.job} ${count.status}`;
    const other = sums.get(key);
    sums.set(key, other === undefined ? count : sumOf(count, other));
  }
  return [...sums.values()].sort((a, b) => a.job.localeCompare(b.job) || a.status.localeCompare(b.status));
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

function sumOf(a: RunCount, b: RunCount): RunCount {
  return {
    ...a,
    runs: a.runs + b.runs,
    durationSumMs: a.durationSumMs + b.durationSumMs,
    durationBuckets: addBuckets(a.durationBuckets, b.durationBuckets),
    latenessSumMs: a.latenessSumMs + b.latenessSumMs,
    latenessBuckets: addBuckets(a.latenessBuckets, b.latenessBuckets),
  };
}

/** Element by element. */
export function addBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((count, index) => count + (b[index] ?? 0));
}
