import { describeMissing, missingOf } from '../job/availability.ts';
import { judgeHealth } from '../job/job-health.ts';
import { readOverviews } from '../job/job-overview.ts';
import { readJobsSnapshot } from '../job/jobs-snapshot.ts';
import { onStoredSchedule, resolveJob } from '../job/resolved-job.ts';
import type { RunEnvironment } from '../job/run-environment.ts';

/** Names of jobs that an operator should look at; a job that is paused or disabled is not among them. */
export interface JobProblems {
  /** A firing is due for minutes, and nobody has decided it. */
  readonly late: readonly string[];
  readonly failing: readonly string[];
  /** Enabled, but the database lacks what they need. */
  readonly unavailable: readonly string[];
}

/** Two statements, whatever the number of jobs. */
export async function readJobProblems(
  environment: Pick<RunEnvironment, 'database' | 'config' | 'zones' | 'definitions'>,
): Promise<JobProblems> {
  const { database, config, zones, definitions } = environment;
  const snapshot = await readJobsSnapshot(database.control, definitions);
  const overviews = await readOverviews(
    database.control,
    definitions.map(({ name }) => name),
  );
  const now = database.clock.now();
  const judged = definitions.flatMap((definition, index) => {
    const { name } = definition;
    const state = snapshot.states.get(name);
    const overview = overviews[index];
    // A job that the database does not know yet has no firing to be late for.
    if (state === undefined || overview === undefined) return [];
    const resolved = onStoredSchedule(resolveJob(definition, config, zones.business), state);
    const missing = describeMissing(missingOf(definition, snapshot.present));
    const facts = {
      resolved,
      state,
      running: snapshot.running.get(name),
      overview,
      missing,
      hasScheduler: true,
    };
    const health = judgeHealth(facts, now);
    return health.problem ? [{ name, state: health.state }] : [];
  });
  const named = (wanted: string) => judged.filter(({ state }) => state === wanted).map(({ name }) => name);
  return { late: named('overdue'), failing: named('failing'), unavailable: named('unavailable') };
}
