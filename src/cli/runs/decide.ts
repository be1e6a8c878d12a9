import { OperatorError } from '../../errors.ts';
import { ExitCode } from '../../exit-code.ts';
import { decideJob, type JobDecision } from '../../job/job-decisions.ts';
import { registerJobs } from '../../job/register-jobs.ts';
import { findJob } from '../../job/registry.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { writeLine } from '../render/line.ts';
import { type Session, withConfiguration } from '../session.ts';
import { readActor } from './actor.ts';

/** What `enable`, `disable`, `pause` and `resume` have in common: find the job, decide, record who, say it. */
export async function decide(
  io: Io,
  globals: GlobalOptions,
  name: string,
  as: string | undefined,
  read: (session: Session) => JobDecision,
  say: (changed: boolean, decision: JobDecision, session: Session) => string,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const definition = findJob(name, configuration.jobs, configuration.brokenJobs);
  const actor = readActor(io, as);
  return withConfiguration(io, globals, configuration, {}, async (session) => {
    const decision = read(session);
    refuseConfigured(session, name, decision);
    await registerJobs(session.database, session.config, session.jobs);
    const changed = await decideJob(session.database, definition.name, decision, actor);
    if (changed) {
      session.logger.info(
        { 'event.action': `job.${decision.action}`, 'labels.job': name, 'user.name': actor },
        `${name}: ${decision.action} by ${actor}`,
      );
    }
    writeLine(io.stdout, say(changed, decision, session));
    return ExitCode.ok;
  });
}

/** The configuration file has the last word; a decision that it would undo at the next run must not look as if it held. */
function refuseConfigured(session: Session, name: string, decision: JobDecision): void {
  const configured = session.config.jobs[name]?.enabled;
  if (configured === undefined || (decision.action !== 'enable' && decision.action !== 'disable')) return;
  throw new OperatorError({
    code: 'decided_by_config',
    message: `Whether ${name} is enabled is decided by the configuration file: jobs.${name}.enabled is ${configured}.`,
    next: `Change jobs.${name}.enabled there, or remove it and decide with \`${decision.action} ${name}\`. \`config show\` names the file.`,
    exitCode: ExitCode.usage,
  });
}
