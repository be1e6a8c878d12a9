import { ExitCode } from '../../errors/exit-code.ts';
import { describeMissing, missingOf } from '../../job/availability.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { findJob } from '../../job/find-job.ts';
import { lapsedRuns, type RunningRun, readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import { lapsedMessage } from '../../job/lapsed-run.sql.ts';
import type { ReportBlock } from '../../job/report.ts';
import { resolveJob } from '../../job/resolved-job.ts';
import { nothingToEvaluate } from '../../job/run-ending.ts';
import { runManually } from '../../job/run-manually.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import { warnOfScheduleDifferences } from '../../job/schedule-differences.ts';
import { formatDuration } from '../../time/duration.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import { messageBlocks } from '../runs/message-table.ts';
import { printFault } from '../runs/print-fault.ts';
import { printReport } from '../runs/print-report.ts';
import { openProgressDisplay } from '../runs/progress-display.ts';
import { runDocument } from '../runs/run-document.ts';
import { type Session, withConfiguration } from '../session.ts';
import { stackFor } from '../wants-stack.ts';

/** As typed. */
export interface PreviewOptions {
  readonly json?: boolean;
}

type Preview =
  | { readonly definition: JobDefinition; readonly outcome: RunOutcome }
  /** How to give it something. */
  | { readonly definition: JobDefinition; readonly nothing: string }
  | { readonly definition: JobDefinition; readonly unavailable: string };

/** `preview [job…]`: what each job would do now; writes nothing at all. */
export async function preview(
  io: Io,
  globals: GlobalOptions,
  names: readonly string[],
  options: PreviewOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const { jobs, brokenJobs } = configuration;
  const definitions =
    names.length === 0 ? jobs : [...new Set(names)].map((name) => findJob(name, jobs, brokenJobs));
  return withConfiguration(io, globals, configuration, {}, async (session) => {
    const { previews, interrupted } = await previewAll(session, definitions, names.length > 0);
    if (options.json === true) writeJson(io, document(session, previews, interrupted));
    else {
      if (interrupted.length > 0) printReport(io, interrupted.map(interruptedLine));
      for (const one of previews) print(io, one);
    }
    for (const one of previews) {
      if ('outcome' in one && one.outcome.fault !== null) {
        printFault(io, { ...one.outcome.fault, stack: stackFor(io, one.outcome) });
      }
    }
    return exitCodeOf(previews, names.length > 0);
  });
}

interface Previews {
  readonly previews: readonly Preview[];
  /** Recorded as running, and interrupted in truth; to mark them would be to write. */
  readonly interrupted: readonly RunningRun[];
}

/** @param named false: all jobs are meant, of which some may have nothing to look at as long as another has. */
async function previewAll(
  session: Session,
  definitions: readonly JobDefinition[],
  named: boolean,
): Promise<Previews> {
  const { io, config, zones, database, logger } = session;
  const snapshot = await readJobsSnapshot(database.db, definitions);
  const { present, states } = snapshot;
  const configured = definitions.map((definition) => resolveJob(definition, config, zones.business));
  warnOfScheduleDifferences(logger, configured, states);
  const previews: Preview[] = [];
  for (const definition of definitions) {
    const unavailable = describeMissing(missingOf(definition, present));
    if (unavailable !== null) {
      previews.push({ definition, unavailable });
      continue;
    }
    if (io.stop.aborted) break;
    const display = await openProgressDisplay(io, logger, false);
    try {
      const outcome = await runManually(
        { ...session, definitions: session.jobs, stop: io.stop, onProgress: display.show },
        {
          definition,
          // What its schedule would give it.
          params: config.jobs[definition.name]?.params ?? {},
          dryRun: true,
          timeoutMs: undefined,
          waitMs: 0,
          ignorePause: true,
          allowEmpty: true,
        },
      );
      previews.push({ definition, outcome: failedIfEmpty(definition, outcome) });
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
  const database = session.secrets.scrub(session.database.label);
  return {
    database,
    interrupted_runs: interrupted.map(({ id, job, runner, started_at: at }) => ({
      run_id: id,
      job,
      runner,
      started_at: at.toISOString(),
    })),
    jobs: previews.map((one) => {
      if ('unavailable' in one) {
        return { job: one.definition.name, status: 'unavailable', reason: one.unavailable };
      }
      if ('nothing' in one) {
        return { job: one.definition.name, status: 'nothing_to_evaluate', reason: one.nothing };
      }
      const { outcome } = one;
      return {
        ...runDocument(outcome, database, { dryRun: true, fault: outcome.fault }),
        messages: outcome.messages,
      };
    }),
  };
}

function print(io: Io, one: Preview): void {
  const { name, description } = one.definition;
  const heading: ReportBlock = { kind: 'heading', text: `${name}: ${description}` };
  if ('unavailable' in one) {
    printReport(io, [heading, { kind: 'line', text: `unavailable: ${one.unavailable}`, tone: 'warning' }]);
    return;
  }
  if ('nothing' in one) {
    printReport(io, [heading, { kind: 'line', text: `nothing to look at: ${one.nothing}`, tone: 'notice' }]);
    return;
  }
  const { outcome } = one;
  const found = outcome.result === null ? [] : one.definition.present(outcome.result);
  const messages = outcome.status === 'succeeded' ? messageBlocks(outcome.messages) : [];
  printReport(io, [heading, ...found, ...messages]);
  const words = outcome.status === 'succeeded' ? 'previewed' : outcome.status.replace('_', ' ');
  writeLine(io.stdout, `${name} ${words} in ${formatDuration(outcome.durationMs)}; nothing was written`);
}

/** The first job that did not end well decides; a job that cannot run counts when it was asked for by name. */
function exitCodeOf(previews: readonly Preview[], named: boolean): ExitCode {
  for (const one of previews) {
    if ('outcome' in one && one.outcome.exitCode !== ExitCode.ok) return one.outcome.exitCode;
    if ('unavailable' in one && named) return ExitCode.notRun;
  }
  return ExitCode.ok;
}
