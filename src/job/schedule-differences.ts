import type { Logger } from 'pino';
import { describeSchedule } from '../schedule/describe-schedule.ts';
import { onStoredSchedule, type ResolvedJob, type StoredSchedule } from './resolved-job.ts';

/** So many jobs are named with both schedules; the others only by name. */
const describedAtMost = 3;

/**
 * Warns, once for all the jobs, when this command's configuration has other schedules than the database: the database's
 * decide, and nobody should wait for a run at the time that only the configuration knows.
 */
export function warnOfScheduleDifferences(
  logger: Logger,
  jobs: readonly ResolvedJob[],
  stored: ReadonlyMap<string, StoredSchedule>,
): void {
  const sentence = describeDifferences(jobs, stored);
  if (sentence !== null) logger.warn({ 'event.action': 'schedule.differs' }, sentence);
}

/** null: there is no difference. */
function describeDifferences(
  jobs: readonly ResolvedJob[],
  stored: ReadonlyMap<string, StoredSchedule>,
): string | null {
  const different = jobs.flatMap((job) => {
    const state = stored.get(job.definition.name);
    return state !== undefined && differs(job, state) ? [{ job, state }] : [];
  });
  if (different.length === 0) return null;
  const described = different.slice(0, describedAtMost).map(({ job, state }) => {
    const { schedule, timezone } = onStoredSchedule(job, state);
    const [own, others] = [
      describeSchedule(job.schedule, job.timezone),
      describeSchedule(schedule, timezone),
    ];
    return `${job.definition.name} (stored: ${others}; configured: ${own})`;
  });
  const rest = different.slice(describedAtMost).map(({ job }) => job.definition.name);
  return (
    `The stored schedules apply; the configuration of this command differs for ${[...described, ...rest].join(', ')}. ` +
    'To store the configured schedules, run: opsdeck-jobs migrate'
  );
}

function differs({ schedule, timezone }: ResolvedJob, stored: StoredSchedule): boolean {
  if (schedule.text !== stored.schedule) return true;
  // What counts real time is the same in every zone.
  return schedule.kind !== 'interval' && timezone !== stored.timezone;
}
