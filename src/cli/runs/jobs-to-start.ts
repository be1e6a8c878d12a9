import type { ResolvedJob } from '../../job/resolved-job.ts';
import { readJobsAndRunners } from '../../status/list-jobs.ts';
import type { Io } from '../io.ts';
import type { Session } from '../session.ts';
import { printFault } from './print-fault.ts';

/** The jobs that a timer can start, on their stored schedules. Those that are disabled are among them: `enable` may change that. */
export async function jobsToStart(
  io: Io,
  session: Session,
): Promise<{ readonly now: Date; readonly jobs: readonly ResolvedJob[] }> {
  const { now, jobs } = await readJobsAndRunners(session, 1);
  const chosen = jobs.filter(({ resolved: { definition }, missing }) => {
    const { name } = definition;
    const isOff = session.config.jobs[name]?.enabled === false;
    const reason = isOff ? 'the configuration disables it' : missing;
    if (reason !== null) printFault(io, { message: `${name} was left out: ${reason}.` });
    return reason === null;
  });
  return { now, jobs: chosen.map(({ resolved }) => resolved) };
}
