import { describeMissing, missingOf } from '../../job/availability.ts';
import { type JobHealth, judgeHealth, nextFirings } from '../../job/job-health.ts';
import { type JobOverview, readOverviews } from '../../job/job-overview.ts';
import { type JobState, readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import { isRegistered, registerJobs } from '../../job/register-jobs.ts';
import { type ResolvedJob, resolveJob } from '../../job/resolved-job.ts';
import { countUndecided } from '../../notify/outbox/stored-messages.ts';
import { type Runner, readRunners } from '../../scheduler/runners.ts';
import type { Session } from '../session.ts';

/** One job as `list` shows it. */
export interface ListedJob {
  readonly resolved: ResolvedJob;
  readonly state: JobState;
  readonly overview: JobOverview;
  readonly health: JobHealth;
  readonly missing: string | null;
  /** The next firings that will run; empty while there are none. */
  readonly next: readonly Date[];
}

export interface JobList {
  readonly now: Date;
  readonly jobs: readonly ListedJob[];
  /** Who looks after the schedules, the one who was seen last first. */
  readonly runners: readonly Runner[];
  /** Messages that wait for an operator. */
  readonly undecided: { readonly held: number; readonly unknown: number };
}

/** Five statements for all jobs; more only when jobs are to be registered first. */
export async function listJobs(session: Session, nextCount: number): Promise<JobList> {
  const { database, config, jobs, zones, logger } = session;
  const resolved = jobs.map((definition) => resolveJob(definition, config, zones.business));
  let snapshot = await readJobsSnapshot(database.db, jobs);
  if (!resolved.every((job) => isRegistered(job, snapshot.states.get(job.definition.name)))) {
    for (const notice of await registerJobs(database, config, jobs)) {
      logger.warn({ 'event.action': 'job.schedule_changed' }, notice);
    }
    snapshot = await readJobsSnapshot(database.db, jobs);
  }
  const overviews = await readOverviews(
    database.db,
    jobs.map(({ name }) => name),
  );
  const runners = await readRunners(database.db);
  const undecided = await countUndecided(database.db);
  const now = database.clock.now();
  const listed = resolved.flatMap((job): ListedJob[] => {
    const { name } = job.definition;
    const state = snapshot.states.get(name);
    const overview = overviews.find((one) => one.job === name);
    if (state === undefined || overview === undefined) return [];
    const missing = describeMissing(missingOf(job.definition, snapshot.present));
    const facts = { resolved: job, state, running: snapshot.running.get(name), overview, missing };
    const health = judgeHealth(facts, now);
    return [{ resolved: job, state, overview, health, missing, next: nextFirings(facts, now, nextCount) }];
  });
  return { now, jobs: listed, runners, undecided };
}
