import { ExitCode } from '../../errors/exit-code.ts';
import { describeMissing, missingOf } from '../../job/availability.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { lapsedRuns, type RunningRun, readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import type { Verdict } from '../../job/judge.ts';
import { lapsedMessage } from '../../job/lapsed-run.sql.ts';
import { requireAvailable } from '../../job/look.ts';
import { type PlannedRows, plannedSentence } from '../../job/planned-rows.ts';
import type { ReportBlock } from '../../job/report.ts';
import { resolveJob } from '../../job/resolved-job.ts';
import { nothingToEvaluate } from '../../job/run-ending.ts';
import { runManually } from '../../job/run-manually.ts';
import type { RunFault, RunOutcome } from '../../job/run-outcome.ts';
import { warnOfScheduleDifferences } from '../../job/schedule-differences.ts';
import { offlineCode } from '../../job/web.ts';
import type { MessageDraft, QueuedMessage } from '../../notify/notifier.ts';
import type { Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import type { Session } from '../session.ts';
import { stackFor } from '../wants-stack.ts';
import { effectOfEnabling } from './enabling.ts';
import { glimpsesOf } from './glimpse.ts';
import type { MessageGlimpse } from './message-table.ts';
import { readPlannedRows } from './planned-rows.sql.ts';
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
  const { previews, interrupted } = await previewAll(session, [request], { named: true, quiet, offline });
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
  const { previews, interrupted } = await previewAll(session, requests, { named, quiet: false, offline });
  if (json) {
    writeJson(io, document(session, previews, interrupted));
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
  const { previews, interrupted } = await previewAll(session, requests, options);
  await printPreviews(session, previews, interrupted);
  const drafts = previews.flatMap((one): [string, MessageDraft][] => {
    const draft = 'outcome' in one ? one.outcome.messages[0]?.draft : undefined;
    return draft === undefined ? [] : [[one.definition.name, draft]];
  });
  return { exitCode: exitCodeOf(previews), samples: new Map(drafts) };
}

type Preview =
  | DryRun
  /** How to give it something. */
  | { readonly definition: JobDefinition; readonly nothing: string }
  | { readonly definition: JobDefinition; readonly unavailable: string };

interface DryRun {
  readonly definition: JobDefinition;
  readonly outcome: RunOutcome;
  readonly glimpses: ReadonlyMap<QueuedMessage, MessageGlimpse>;
  /** Empty of a run that gave no result. */
  readonly rows: readonly PlannedRows[];
}

interface Previews {
  readonly previews: readonly Preview[];
  /** Recorded as running, and interrupted in truth; to mark them would be to write. */
  readonly interrupted: readonly RunningRun[];
}

/** @param named false: all jobs are meant, of which some may have nothing to look at. */
async function previewAll(
  session: Session,
  requests: readonly PreviewRequest[],
  { named, quiet, offline }: { readonly named: boolean; readonly quiet: boolean; readonly offline: boolean },
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
        { ...session, definitions: session.jobs, stop: io.stop, onProgress: display.show, offline },
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
      previews.push({
        definition,
        outcome: allowEmpty ? outcome : failedIfEmpty(definition, outcome),
        glimpses: await glimpsesOf(outcome.messages),
        rows: await readPlannedRows(database.db, definition, outcome),
      });
    } finally {
      display.end();
    }
  }
  return {
    previews: named ? previews : previews.map(orNothing),
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

/** A database without anything to look at, and a job that may not ask another host, are no failures of all jobs together. */
function orNothing(one: Preview): Preview {
  if (!('outcome' in one)) return one;
  if (one.outcome.fault?.code === offlineCode) {
    return { definition: one.definition, nothing: 'it reads from another host, which --offline forbids.' };
  }
  if (one.outcome.result === null) return one;
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
      return previewDocument(session, one, one.outcome.fault);
    }),
  };
}

function previewDocument(
  { secrets, database }: Session,
  { definition, outcome, glimpses, rows }: DryRun,
  fault: RunFault | null,
) {
  return {
    ...runDocument(outcome, secrets.scrub(database.label), { dryRun: true, fault }),
    messages: outcome.messages.map((message) => {
      const { draft: _, ...rest } = message;
      const { subject = null, firstLine = null } = glimpses.get(message) ?? {};
      return { ...rest, subject, first_line: firstLine };
    }),
    rows,
    beside_opsdeck: database.mode === 'attached' ? (definition.besideOpsdeck ?? null) : null,
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
