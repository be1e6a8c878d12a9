import { ExitCode } from '../../errors/exit-code.ts';
import type { RunningRun } from '../../job/jobs-snapshot.ts';
import type { Verdict } from '../../job/judge.ts';
import { lapsedMessage } from '../../job/lapsed-run.sql.ts';
import { plannedSentence } from '../../job/planned-rows.ts';
import type { ReportBlock } from '../../job/report.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import type { MessageDraft } from '../../notify/notifier.ts';
import type { Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import type { Session } from '../session.ts';
import { stackFor } from '../wants-stack.ts';
import { effectOfEnabling } from './enabling.ts';
import { type DryRun, makePreviews, type Preview, type PreviewRequest } from './make-previews.ts';
import { interruptedDocument, previewDocument, previewsDocument } from './preview-document.ts';
import { printFault } from './print-fault.ts';
import { printOutcome } from './print-outcome.ts';
import { printReport } from './print-report.ts';

/** What `preview` and `run-job --dry-run` have in common: everything. */

export interface PreviewOutput {
  readonly json: boolean;
  /** Ask no other host than the database's. */
  readonly offline?: boolean;
  /** Print nothing unless there is something to act on. */
  readonly quiet?: boolean;
  /** What `--fail-on` makes of a run that succeeded. */
  readonly judge?: (outcome: RunOutcome) => Verdict | null;
}

/** What one job would do now. The same as {@link previewJobs} with a single name. @throws OperatorError `job_unavailable` (exit 3). */
export async function previewJob(
  session: Session,
  request: PreviewRequest,
  { json, quiet = false, offline = false, judge }: PreviewOutput,
): Promise<ExitCode> {
  const { io } = session;
  const { previews, interrupted } = await makePreviews(session, [request], { named: true, quiet, offline });
  for (const one of previews) {
    if (!('outcome' in one)) continue;
    const verdict = judge?.(one.outcome) ?? null;
    const fault = one.outcome.fault ?? verdict;
    if (json) {
      writeJson(io, { ...previewDocument(session, one, fault), ...interruptedDocument(interrupted) });
    } else if (!quiet || fault !== null) {
      if (interrupted.length > 0) printReport(io, interrupted.map(interruptedLine));
      printOutcome(io, one.definition, one.outcome, one.glimpses);
      await printEffects(session, one);
    }
    if (fault !== null) printFault(io, { ...fault, stack: stackFor(io, one.outcome) });
    return verdict?.exitCode ?? one.outcome.exitCode;
  }
  return ExitCode.ok;
}

/** What several jobs would do now. @param named false: all jobs are meant. */
export async function previewJobs(
  session: Session,
  requests: readonly PreviewRequest[],
  named: boolean,
  { json, offline = false }: PreviewOutput,
): Promise<ExitCode> {
  const { io } = session;
  const { previews, interrupted } = await makePreviews(session, requests, { named, quiet: false, offline });
  if (json) {
    writeJson(io, previewsDocument(session, previews, interrupted));
    printFaults(io, previews);
  } else await printPreviews(session, previews, interrupted);
  return exitCodeOf(previews);
}

async function printPreviews(
  session: Session,
  previews: readonly Preview[],
  interrupted: readonly RunningRun[],
): Promise<void> {
  if (interrupted.length > 0) printReport(session.io, interrupted.map(interruptedLine));
  for (const [at, one] of previews.entries()) {
    if (at > 0) writeLine(session.io.stdout, '');
    await print(session, one);
  }
  printFaults(session.io, previews);
}

function printFaults(io: Io, previews: readonly Preview[]): void {
  for (const one of previews) {
    if ('outcome' in one && one.outcome.fault !== null) {
      const { fault } = one.outcome;
      const message = `${one.definition.name}: ${fault.message}`;
      printFault(io, { ...fault, message, stack: stackFor(io, one.outcome) });
    }
  }
}

/** Every job with the parameters of its schedule, as `preview` shows it; `samples`: the first message of each that has one. */
export async function previewAllJobs(
  session: Session,
  offline: boolean,
): Promise<{ readonly exitCode: ExitCode; readonly samples: ReadonlyMap<string, MessageDraft> }> {
  const { config, jobs } = session;
  const requests = jobs.map((definition) => ({
    definition,
    params: config.jobs[definition.name]?.params ?? {},
  }));
  const options = { named: false, quiet: false, offline };
  const { previews, interrupted } = await makePreviews(session, requests, options);
  await printPreviews(session, previews, interrupted);
  const drafts = previews.flatMap((one): [string, MessageDraft][] => {
    const draft = 'outcome' in one ? one.outcome.messages[0]?.draft : undefined;
    return draft === undefined ? [] : [[one.definition.name, draft]];
  });
  return { exitCode: exitCodeOf(previews), samples: new Map(drafts) };
}

function interruptedLine({ id, job, runner }: RunningRun): ReportBlock {
  return {
    kind: 'line',
    text: `Run ${id} of ${job} on ${runner} was interrupted: ${lapsedMessage}`,
    tone: 'warning',
  };
}

async function print(session: Session, one: Preview): Promise<void> {
  const { io } = session;
  const { name, description } = one.definition;
  const heading: ReportBlock = { kind: 'heading', text: `${name}: ${description}` };
  if ('unavailable' in one) {
    printReport(io, [
      heading,
      { kind: 'line', text: `${name} is unavailable: ${one.unavailable}`, tone: 'warning' },
    ]);
    return;
  }
  if ('nothing' in one) {
    printReport(io, [
      heading,
      { kind: 'line', text: `${name} has nothing to look at: ${one.nothing}`, tone: 'notice' },
    ]);
    return;
  }
  printReport(io, [heading]);
  printOutcome(io, one.definition, one.outcome, one.glimpses);
  await printEffects(session, one);
}

/** What the run would write, what its schedule does at first, and what OpsDeck does about the same things. */
async function printEffects(session: Session, one: DryRun): Promise<void> {
  const { io, database } = session;
  const { name, besideOpsdeck } = one.definition;
  if (one.outcome.status === 'succeeded') writeLine(io.stdout, plannedSentence(name, one.rows));
  for (const effect of await effectOfEnabling(session, one.definition))
    writeLine(io.stdout, `Enabled, ${effect}`);
  if (besideOpsdeck !== undefined && database.mode === 'attached') {
    writeLine(io.stdout, `OpsDeck beside ${name}: ${besideOpsdeck}`);
  }
}

/** The first job that did not end well decides. */
function exitCodeOf(previews: readonly Preview[]): ExitCode {
  const failed = previews.find((one) => 'outcome' in one && one.outcome.exitCode !== ExitCode.ok);
  return failed !== undefined && 'outcome' in failed ? failed.outcome.exitCode : ExitCode.ok;
}
