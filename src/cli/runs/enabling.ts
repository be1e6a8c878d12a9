import type { JobDefinition } from '../../job/define-job.ts';
import { readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import type { Session } from '../session.ts';

/** What the schedule of a job does at first, beside its description; empty for most. */
export async function effectOfEnabling(
  { database, config, zones }: Session,
  { name, enabling }: JobDefinition,
): Promise<readonly string[]> {
  const { db, clock, mode } = database;
  if (enabling === undefined || mode === 'standalone') return [];
  const settings = config.jobs[name]?.settings ?? {};
  const settingsOf = (job: string) => config.jobs[job]?.settings;
  const words = await enabling({ db, now: clock.now(), zones, settings, settingsOf, mode });
  return words === null ? [] : [`${name} ${words}`];
}

/** The same of all jobs that are enabled now; and which are not. */
export async function effectsOfEnabled(session: Session): Promise<readonly string[]> {
  const { states } = await readJobsSnapshot(session.database.db, session.jobs);
  const enabled = session.jobs.filter(({ name }) => states.get(name)?.enabled === true);
  const effects: string[] = [];
  for (const job of enabled) effects.push(...(await effectOfEnabling(session, job)));
  const names = session.jobs.filter((job) => !enabled.includes(job)).map(({ name }) => name);
  return [
    ...effects,
    ...(names.length === 0
      ? []
      : [`Disabled: ${names.join(', ')}. \`enable JOB\` lets a schedule run a job.`]),
  ];
}
