import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { findJob } from '../../job/find-job.ts';
import { decideJob, type JobDecision } from '../../job/job-decisions.ts';
import { readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import { addMissingJobs } from '../../job/register-jobs.ts';
import { resolveJob } from '../../job/resolved-job.ts';
import { warnOfScheduleDifferences } from '../../job/schedule-differences.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Configuration, loadConfiguration } from '../load-configuration.ts';
import { writeLine } from '../render/line.ts';
import { type Session, withConfiguration } from '../session.ts';
import { readActor } from './actor.ts';

/** As typed: which jobs, and who decides. */
export interface DecideOptions {
  readonly all?: boolean;
  readonly as?: string;
}

/** What `enable`, `disable`, `pause` and `resume` have in common: find the jobs, decide, record who, print what was decided. */
export async function decide(
  io: Io,
  globals: GlobalOptions,
  names: readonly string[],
  options: DecideOptions,
  read: (session: Session) => JobDecision,
  say: (job: string, changed: boolean, decision: JobDecision, session: Session) => string,
  effect: (session: Session, job: JobDefinition) => Promise<readonly string[]> = async () => [],
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const definitions = chooseJobs(names, options.all === true, configuration);
  const actor = readActor(io, options.as);
  return withConfiguration(io, globals, configuration, {}, async (session) => {
    const decision = read(session);
    await addMissingJobs(session.database, session.config, session.jobs);
    await warnOfOtherConfiguration(session, definitions);
    for (const definition of definitions) {
      const { name } = definition;
      const changed = await decideJob(session.database, name, decision, actor);
      if (changed) {
        session.logger.info(
          { 'event.action': `job.${decision.action}`, 'labels.job': name, 'user.name': actor },
          `${name}: ${decision.action} by ${actor}`,
        );
      }
      writeLine(io.stdout, say(name, changed, decision, session));
      for (const line of await effect(session, definition)) writeLine(io.stdout, line);
    }
    return ExitCode.ok;
  });
}

/** `enable` and `resume` are about when jobs run next, and that is decided by what is stored. */
async function warnOfOtherConfiguration(
  { database, config, zones, logger }: Session,
  definitions: readonly JobDefinition[],
): Promise<void> {
  const { states } = await readJobsSnapshot(database.db, definitions);
  const configured = definitions.map((definition) => resolveJob(definition, config, zones.business));
  warnOfScheduleDifferences(logger, configured, states);
}

/** Every name is checked before anything is decided. */
function chooseJobs(
  names: readonly string[],
  all: boolean,
  { jobs, brokenJobs }: Configuration,
): readonly JobDefinition[] {
  if (all && names.length > 0) {
    throw usage(
      '--all cannot be used with names of jobs.',
      'Name the jobs, or give --all.',
      'conflicting_options',
    );
  }
  if (all) return jobs;
  if (names.length === 0) {
    throw usage('No job is named.', 'Name one or more jobs, as `list` shows them, or give --all.', 'no_jobs');
  }
  return [...new Set(names)].map((name) => findJob(name, jobs, brokenJobs));
}
