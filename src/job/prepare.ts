import { checkParams } from './check-params.ts';
import type { JobDefinition } from './define-job.ts';
import { type JobState, type RunningRun, readJobsSnapshot, runningWith } from './jobs-snapshot.ts';
import { look, requireAvailable } from './look.ts';
import { isRegistered } from './register-jobs.ts';
import { type ResolvedJob, resolveJob } from './resolved-job.ts';
import { type RunEnvironment, runnerName } from './run-environment.ts';

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
 * Looks, writing nothing, whether the job can run by hand: its tables, its parameters, who else runs it. Registers
 * the jobs when the database does not know them as they are configured, and ends runs whose runner is gone.
 *
 * @throws OperatorError `job_unavailable` (exit 3) and what the job's own check throws.
 */
export async function prepare(
  environment: RunEnvironment,
  definition: JobDefinition,
  params: Record<string, unknown>,
  dryRun: boolean,
): Promise<Prepared> {
  const { database, config, zones } = environment;
  const { name } = definition;
  const resolved = resolveJob(definition, config, zones.business);
  let snapshot = await readJobsSnapshot(database.db, [definition]);
  requireAvailable(definition, snapshot);
  await checkParams(database.db, definition, params);
  const key = definition.concurrencyKey?.(params, runnerName) ?? '';
  const settled =
    isRegistered(resolved, snapshot.states.get(name)) && runningWith(snapshot, name, key)?.lapsed !== true;
  if (!dryRun && !settled) snapshot = await look(environment, database.db, [definition]);
  return { resolved, state: snapshot.states.get(name), running: runningWith(snapshot, name, key), key };
}
