import type { Kysely } from 'kysely';
import type { Database } from '../db/tables.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { describeMissing, missingOf } from './availability.ts';
import type { JobDefinition } from './define-job.ts';
import { type JobsSnapshot, lapsedRuns, readJobsSnapshot } from './jobs-snapshot.ts';
import { reapLapsedRuns } from './reap.ts';
import { addMissingJobs } from './register-jobs.ts';
import type { RunEnvironment } from './run-environment.ts';

/** Adds the jobs that are not stored yet, ends runs whose runner is gone, and says how things are then. */
export async function look(
  environment: RunEnvironment,
  db: Kysely<Database>,
  definitions: readonly JobDefinition[],
): Promise<JobsSnapshot> {
  const { database, config } = environment;
  const snapshot = await readJobsSnapshot(db, definitions);
  const unregistered = definitions.some(({ name }) => !snapshot.states.has(name));
  const lapsed = lapsedRuns(snapshot).map(({ job }) => job);
  if (unregistered) await addMissingJobs(database, config, environment.definitions);
  if (lapsed.length > 0) await reapLapsedRuns(environment, lapsed);
  return unregistered || lapsed.length > 0 ? readJobsSnapshot(db, definitions) : snapshot;
}

/** What the database lacks for a job; null: nothing. */
export function missingFor(definition: JobDefinition, snapshot: JobsSnapshot): string | null {
  return describeMissing(missingOf(definition, snapshot.present));
}

/** @throws OperatorError `job_unavailable` (exit 3) naming what the database lacks. */
export function requireAvailable(definition: JobDefinition, snapshot: JobsSnapshot): void {
  const missing = missingFor(definition, snapshot);
  if (missing === null) return;
  throw new OperatorError({
    code: 'job_unavailable',
    message: `The job ${definition.name} cannot run on this database: ${missing}.`,
    next: 'Check that this is the right database and that its user may read these tables (`list` shows every job).',
    exitCode: ExitCode.notRun,
  });
}
