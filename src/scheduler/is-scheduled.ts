import type { ResolvedJob } from '../job/resolved-job.ts';
import { newestUpTo } from '../schedule/schedule.ts';
import { isLivingDaemon } from './describe-runners.ts';
import type { Runner } from './runners.ts';

/**
 * Does somebody run the schedule of this job? A daemon that is there and has the job, or a `run-job --scheduled` that came
 * since the job was last due: crontab and timers show themselves only when they call.
 */
export function isScheduled(runners: readonly Runner[], job: ResolvedJob, now: Date): boolean {
  const { schedule, timezone, definition } = job;
  const due = newestUpTo(schedule, timezone, now);
  return runners.some((runner) =>
    runner.kind === 'daemon'
      ? isLivingDaemon(runner) && (runner.onlyJobs?.includes(definition.name) ?? true)
      : due === null || now.getTime() - runner.seenAgoMs >= due.getTime(),
  );
}
