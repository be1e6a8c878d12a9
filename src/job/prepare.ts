import type { Kysely } from 'kysely';
import type { Database } from '../db/tables.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import { describeMissing, missingOf } from './availability.ts';
import { interruptLapsedRuns } from './claim.ts';
import type { JobDefinition } from './define-job.ts';
import { type JobState, type JobsSnapshot, type RunningRun, readJobsSnapshot } from './jobs-snapshot.ts';
import { isRegistered, registerJobs } from './register-jobs.ts';
import { jobs } from './registry.ts';
import { type ResolvedJob, resolveJob } from './resolved-job.ts';
import type { RunEnvironment } from './run-environment.ts';

/** What is known of a job before it is claimed. */
export interface Prepared {
  readonly resolved: ResolvedJob;
  /** undefined only in a dry run on a database that does not know the job yet. */
  readonly state: JobState | undefined;
  /** A run that is going and vouched for. */
  readonly running: RunningRun | undefined;
}

/**
 * Looks, writing nothing, whether the job can run: its tables, its parameters, who else runs it. Registers
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
  const resolved = resolveJob(definition, config, zones.business);
  const snapshot = await readJobsSnapshot(database.db, [definition]);
  requireAvailable(definition, snapshot);
  await checkParams(database.db, definition, params);
  const found = {
    state: snapshot.states.get(definition.name),
    running: snapshot.running.get(definition.name),
  };
  if (dryRun) return { resolved, ...found };
  if (isRegistered(resolved, found.state) && found.running?.lapsed !== true) return { resolved, ...found };
  return { resolved, ...(await lookAt(environment, database.db, definition)) };
}

/** The job's own check, where there is anything to check: in a transaction that cannot write. */
async function checkParams(
  db: Kysely<Database>,
  definition: JobDefinition,
  params: Record<string, unknown>,
): Promise<void> {
  if (definition.checkParams === undefined || Object.keys(params).length === 0) return;
  await db
    .transaction()
    .setAccessMode('read only')
    .execute((trx) => definition.checkParams?.(params, trx) ?? Promise.resolve());
}

/** Registers what is not registered, ends what has lapsed, and says how things are then. */
export async function lookAt(
  environment: RunEnvironment,
  db: Kysely<Database>,
  definition: JobDefinition,
): Promise<Pick<Prepared, 'state' | 'running'>> {
  const { database, config, zones, logger } = environment;
  const resolved = resolveJob(definition, config, zones.business);
  let snapshot = await readJobsSnapshot(db, [definition]);
  let changed = false;
  if (!isRegistered(resolved, snapshot.states.get(definition.name))) {
    for (const notice of await registerJobs(database, config, environment.definitions ?? jobs)) {
      logger.warn({ 'event.action': 'job.schedule_changed', 'labels.job': definition.name }, notice);
    }
    changed = true;
  }
  if (snapshot.running.get(definition.name)?.lapsed === true) {
    for (const lapsed of await interruptLapsedRuns(database, definition.name)) {
      logger.warn(
        {
          'event.action': 'job.interrupted',
          'event.reason': 'heartbeat_lapsed',
          'labels.job': definition.name,
          'labels.run_id': lapsed.id,
          'trace.id': lapsed.id,
        },
        `run ${lapsed.id} of ${definition.name} on ${lapsed.runner} no longer vouches for itself; marked as interrupted`,
      );
    }
    changed = true;
  }
  if (changed) snapshot = await readJobsSnapshot(db, [definition]);
  return { state: snapshot.states.get(definition.name), running: snapshot.running.get(definition.name) };
}

/** Throws `job_unavailable` naming what the database lacks. */
function requireAvailable(definition: JobDefinition, snapshot: JobsSnapshot): void {
  const missing = describeMissing(missingOf(definition, snapshot.present));
  if (missing === null) return;
  throw new OperatorError({
    code: 'job_unavailable',
    message: `The job ${definition.name} cannot run on this database: ${missing}.`,
    next: 'Check that this is the right database and that its user may read these tables (`list` shows every job).',
    exitCode: ExitCode.notRun,
  });
}
