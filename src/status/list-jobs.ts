import { describeMissing, missingOf } from '../job/availability.ts';
import { type JobHealth, judgeHealth, nextFirings } from '../job/job-health.ts';
import { type JobOverview, readOverviews } from '../job/job-overview.ts';
import { anyRunOf, type JobState, lapsedRuns, readJobsSnapshot } from '../job/jobs-snapshot.ts';
import { markLapsedRuns } from '../job/mark-lapsed.ts';
import { addMissingJobs } from '../job/register-jobs.ts';
import { onStoredSchedule, type ResolvedJob, resolveJob } from '../job/resolved-job.ts';
import { warnOfScheduleDifferences } from '../job/schedule-differences.ts';
import { type ChannelState, readChannelStates } from '../notify/outbox/channel-states.ts';
import { readWhatStopsSending, type SendingStop } from '../notify/outbox/sending.ts';
import { countWatched, type WatchedMessages } from '../notify/outbox/stored-messages.ts';
import { isScheduled } from '../scheduler/is-scheduled.ts';
import { type Runner, readRunners } from '../scheduler/runners.ts';
import type { StatusScope } from './status-scope.ts';

/** One job as `list` shows it. */
export interface ListedJob {
  readonly resolved: ResolvedJob;
  readonly state: JobState;
  readonly overview: JobOverview;
  readonly health: JobHealth;
  readonly missing: string | null;
  /** The next firings that will run; empty while there are none, or nobody who runs them. */
  readonly next: readonly Date[];
  /** The next firings that the schedule gives, whether somebody runs them or not. */
  readonly instants: readonly Date[];
}

/** Jobs with what runs them, and what stops their messages. */
export interface JobsAndRunners {
  readonly now: Date;
  readonly jobs: readonly ListedJob[];
  /** Who looks after the schedules, the one who was seen last first. */
  readonly runners: readonly Runner[];
  /** null: sending is not stopped. */
  readonly sendingStop: SendingStop | null;
}

export interface JobList extends JobsAndRunners {
  readonly watched: WatchedMessages;
  readonly channels: readonly ChannelState[];
}

/** Six statements for all jobs; more only when jobs are to be added first. */
export async function listJobs(session: StatusScope, nextCount: number): Promise<JobList> {
  const found = await readJobsAndRunners(session, nextCount);
  const { database, config } = session;
  const channels = await readChannelStates(database.db, { now: found.now, off: config.switchedOff });
  return { ...found, watched: await countWatched(database.db, found.now), channels };
}

/** Four statements for all jobs, as {@link listJobs}. */
export async function readJobsAndRunners(session: StatusScope, nextCount: number): Promise<JobsAndRunners> {
  const { database, config, jobs, zones, logger } = session;
  const configured = jobs.map((definition) => resolveJob(definition, config, zones.business));
  let snapshot = await readJobsSnapshot(database.db, jobs);
  if (!jobs.every(({ name }) => snapshot.states.has(name))) {
    await addMissingJobs(database, config, jobs);
    snapshot = await readJobsSnapshot(database.db, jobs);
  }
  if (lapsedRuns(snapshot).length > 0) {
    await markLapsedRuns(session);
    snapshot = await readJobsSnapshot(database.db, jobs);
  }
  warnOfScheduleDifferences(logger, configured, snapshot.states);
  const overviews = await readOverviews(
    database.db,
    jobs.map(({ name }) => name),
  );
  const runners = await readRunners(database.db);
  const sendingStop = await readWhatStopsSending(database.db);
  const now = database.clock.now();
  const listed = configured.flatMap((job): ListedJob[] => {
    const { name } = job.definition;
    const state = snapshot.states.get(name);
    const overview = overviews.find((one) => one.job === name);
    if (state === undefined || overview === undefined) return [];
    const resolved = onStoredSchedule(job, state);
    const missing = describeMissing(missingOf(job.definition, snapshot.present));
    const hasScheduler = config.schedules === 'external' || isScheduled(runners, resolved, now);
    const facts = { resolved, state, running: anyRunOf(snapshot, name), overview, missing, hasScheduler };
    const health = judgeHealth(facts, now);
    const instants = nextFirings(facts, now, nextCount);
    return [{ resolved, state, overview, health, missing, instants, next: hasScheduler ? instants : [] }];
  });
  return { now, jobs: listed, runners, sendingStop };
}
