import { checkParams } from './check-params.ts';
import type { JobDefinition } from './define-job.ts';
import {
  type JobState,
  lapsedRuns,
  type RunningRun,
  readJobsSnapshot,
  runningWith,
} from './jobs-snapshot.ts';
import { look, requireAvailable } from './look.ts';
import { type ResolvedJob, resolveJob } from './resolved-job.ts';
import { type RunEnvironment, runnerName } from './run-environment.ts';
import { warnOfScheduleDifferences } from './schedule-differences.ts';

/** What is known of a job before it is claimed. */
export interface Prepared {
  readonly resolved: ResolvedJob;
  /** undefined only in a dry run on a database that does not know the job yet. */
  readonly state: JobState | undefined;
  /** A run with the same concurrency key that is going and vouched for. */
  readonly running: RunningRun | undefined;
  /** Its concurrency key. */
  readonly key: string;
}

/**
 * Looks, writing nothing, whether the job can run by hand: its tables, its parameters, who else runs it. Adds the jobs
 * that are not stored yet, and ends runs whose runner is gone.
 *
 * @throws OperatorError `job_unavailable` (exit 3) and what the job's own check throws.
 */
export async function prepare(
  environment: RunEnvironment,
  definition: JobDefinition,
  params: Record<string, unknown>,
  dryRun: boolean,
): Promise<Prepared> {
  const { database, config, zones, logger } = environment;
  const { name } = definition;
  const resolved = resolveJob(definition, config, zones.business);
  let snapshot = await readJobsSnapshot(database.db, [definition]);
  requireAvailable(definition, snapshot);
  await checkParams(database.db, definition, params);
  const key = definition.concurrencyKey?.(params, runnerName) ?? '';
  const settled = snapshot.states.has(name) && lapsedRuns(snapshot).length === 0;
  if (!dryRun && !settled) snapshot = await look(environment, database.db, [definition]);
  if (!dryRun) warnOfScheduleDifferences(logger, [resolved], snapshot.states);
  return { resolved, state: snapshot.states.get(name), running: runningWith(snapshot, name, key), key };
}
