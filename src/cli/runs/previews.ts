import { ExitCode } from '../../errors/exit-code.ts';
import { describeMissing, missingOf } from '../../job/availability.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { lapsedRuns, type RunningRun, readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import type { Verdict } from '../../job/judge.ts';
import { lapsedMessage } from '../../job/lapsed-run.sql.ts';
import { requireAvailable } from '../../job/look.ts';
import type { ReportBlock } from '../../job/report.ts';
import { resolveJob } from '../../job/resolved-job.ts';
import { nothingToEvaluate } from '../../job/run-ending.ts';
import { runManually } from '../../job/run-manually.ts';
import type { RunFault, RunOutcome } from '../../job/run-outcome.ts';
import { warnOfScheduleDifferences } from '../../job/schedule-differences.ts';
import type { Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import type { Session } from '../session.ts';
import { stackFor } from '../wants-stack.ts';
import { printFault } from './print-fault.ts';
import { printOutcome } from './print-outcome.ts';
import { printReport } from './print-report.ts';
import { openProgressDisplay } from './progress-display.ts';
import { runDocument } from './run-document.ts';

/** What `preview` and `run-job --dry-run` have in common: everything. */

/** A dry run of one job. */
export interface PreviewRequest {
  readonly definition: JobDefinition;
  /** Already checked against the job's schema. */
  readonly params: Record<string, unknown>;
  readonly timeoutMs?: number | undefined;
  readonly allowEmpty?: boolean;
}

export interface PreviewOutput {
  readonly json: boolean;
  /** Print nothing unless there is something to act on. */
  readonly quiet?: boolean;
  /** What `--fail-on` makes of a run that succeeded. */
  readonly judge?: (outcome: RunOutcome) => Verdict | null;
}

/** What one job would do now. The same as {@link previewJobs} with a single name. @throws OperatorError `job_unavailable` (exit 3). */
export async function previewJob(
  session: Session,
  request: PreviewRequest,
  { json, quiet = false, judge }: PreviewOutput,
): Promise<ExitCode> {
  const { io } = session;
  const { previews, interrupted } = await previewAll(session, [request], true, quiet);
  for (const one of previews) {
    if (!('outcome' in one)) continue;
    const verdict = judge?.(one.outcome) ?? null;
    const fault = one.outcome.fault ?? verdict;
    if (json) {
      writeJson(io, { ...previewDocument(session, one.outcome, fault), ...interruptedDocument(interrupted) });
    } else if (!quiet || fault !== null) {
      if (interrupted.length > 0) printReport(io, interrupted.map(interruptedLine));
      printOutcome(io, one.definition, one.outcome, true);
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
  { json }: PreviewOutput,
): Promise<ExitCode> {
  const { io } = session;
  const { previews, interrupted } = await previewAll(session, requests, named, false);
  if (json) writeJson(io, document(session, previews, interrupted));
  else {
    if (interrupted.length > 0) printReport(io, interrupted.map(interruptedLine));
    for (const one of previews) print(io, one);
  }
  for (const one of previews) {
    if ('outcome' in one && one.outcome.fault !== null) {
      printFault(io, { ...one.outcome.fault, stack: stackFor(io, one.outcome) });
    }
  }
  return exitCodeOf(previews);
}

type Preview =
  | { readonly definition: JobDefinition; readonly outcome: RunOutcome }
  /** How to give it something. */
  | { readonly definition: JobDefinition; readonly nothing: string }
  | { readonly definition: JobDefinition; readonly unavailable: string };

interface Previews {
  readonly previews: readonly Preview[];
  /** Recorded as running, and interrupted in truth; to mark them would be to write. */
  readonly interrupted: readonly RunningRun[];
}

/** @param named false: all jobs are meant, of which some may have nothing to look at as long as another has. */
async function previewAll(
  session: Session,
  requests: readonly PreviewRequest[],
  named: boolean,
  quiet: boolean,
): Promise<Previews> {
  const { io, config, zones, database, logger } = session;
  const definitions = requests.map(({ definition }) => definition);
  const snapshot = await readJobsSnapshot(database.db, definitions);
  if (named) for (const definition of definitions) requireAvailable(definition, snapshot);
  const { present, states } = snapshot;
  const configured = definitions.map((definition) => resolveJob(definition, config, zones.business));
  warnOfScheduleDifferences(logger, configured, states);
  const previews: Preview[] = [];
  for (const { definition, params, timeoutMs, allowEmpty = false } of requests) {
    const unavailable = describeMissing(missingOf(definition, present));
    if (unavailable !== null) {
      previews.push({ definition, unavailable });
      continue;
    }
    if (io.stop.aborted) break;
    const display = await openProgressDisplay(io, logger, quiet);
    try {
      const outcome = await runManually(
        { ...session, definitions: session.jobs, stop: io.stop, onProgress: display.show },
        {
          definition,
          params,
          dryRun: true,
          timeoutMs,
          waitMs: 0,
          ignorePause: true,
          allowEmpty: true,
        },
      );
      previews.push({ definition, outcome: allowEmpty ? outcome : failedIfEmpty(definition, outcome) });
    } finally {
      display.end();
    }
  }
  const looked = previews.some(
    (one) => 'outcome' in one && one.outcome.exitCode === ExitCode.ok && canBeEmpty(one.definition),
  );
  return {
    previews: named || !looked ? previews : previews.map(orNothing),
    interrupted: lapsedRuns(snapshot),
  };
}

/** Judged here and not by the run: its advice is an option that `preview` lacks, and its failure would be logged. */
function failedIfEmpty(definition: JobDefinition, outcome: RunOutcome): RunOutcome {
  const { status, result } = outcome;
  if (status !== 'succeeded' || result === null) return outcome;
  const empty = definition.nothingEvaluated?.(result) ?? null;
  if (empty === null) return outcome;
  return { ...outcome, status: 'failed', fault: nothingToEvaluate(empty), exitCode: ExitCode.failed };
}

function canBeEmpty({ nothingEvaluated }: JobDefinition): boolean {
  return nothingEvaluated !== undefined;
}

function orNothing(one: Preview): Preview {
  if (!('outcome' in one) || one.outcome.result === null) return one;
  const nothing =
    one.outcome.fault?.code === 'nothing_to_evaluate'
      ? one.definition.nothingEvaluated?.(one.outcome.result)
      : null;
  return nothing == null ? one : { definition: one.definition, nothing };
}

function interruptedLine({ id, job, runner }: RunningRun): ReportBlock {
  return {
    kind: 'line',
    text: `Run ${id} of ${job} on ${runner} was interrupted: ${lapsedMessage}`,
    tone: 'warning',
  };
}

function document(
  session: Session,
  previews: readonly Preview[],
  interrupted: readonly RunningRun[],
): Readonly<Record<string, unknown>> {
  return {
    database: session.secrets.scrub(session.database.label),
    ...interruptedDocument(interrupted),
    jobs: previews.map((one) => {
      if ('unavailable' in one) {
        return { job: one.definition.name, status: 'unavailable', reason: one.unavailable };
      }
      if ('nothing' in one) {
        return { job: one.definition.name, status: 'nothing_to_evaluate', reason: one.nothing };
      }
      return previewDocument(session, one.outcome, one.outcome.fault);
    }),
  };
}

function previewDocument({ secrets, database }: Session, outcome: RunOutcome, fault: RunFault | null) {
  return {
    ...runDocument(outcome, secrets.scrub(database.label), { dryRun: true, fault }),
    messages: outcome.messages,
  };
}

function interruptedDocument(interrupted: readonly RunningRun[]) {
  return {
    interrupted_runs: interrupted.map(({ id, job, runner, started_at: at }) => ({
      run_id: id,
      job,
      runner,
      started_at: at.toISOString(),
    })),
  };
}

function print(io: Io, one: Preview): void {
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
  printOutcome(io, one.definition, one.outcome, true);
}

/** The first job that did not end well decides. */
function exitCodeOf(previews: readonly Preview[]): ExitCode {
  const failed = previews.find((one) => 'outcome' in one && one.outcome.exitCode !== ExitCode.ok);
  return failed !== undefined && 'outcome' in failed ? failed.outcome.exitCode : ExitCode.ok;
}
