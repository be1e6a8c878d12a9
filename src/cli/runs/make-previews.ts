import { ExitCode } from '../../errors/exit-code.ts';
import { describeMissing, missingOf } from '../../job/availability.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { lapsedRuns, type RunningRun, readJobsSnapshot } from '../../job/jobs-snapshot.ts';
import { requireAvailable } from '../../job/look.ts';
import type { PlannedRows } from '../../job/planned-rows.ts';
import { resolveJob } from '../../job/resolved-job.ts';
import { nothingToEvaluate } from '../../job/run-ending.ts';
import { runManually } from '../../job/run-manually.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import { warnOfScheduleDifferences } from '../../job/schedule-differences.ts';
import { offlineCode } from '../../job/web.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import type { Session } from '../session.ts';
import { glimpsesOf } from './glimpse.ts';
import type { MessageGlimpse } from './message-table.ts';
import { readPlannedRows } from './planned-rows.sql.ts';
import { openProgressDisplay } from './progress-display.ts';

/** A dry run of one job. */
export interface PreviewRequest {
  readonly definition: JobDefinition;
  /** Already checked against the job's schema. */
  readonly params: Record<string, unknown>;
  readonly timeoutMs?: number | undefined;
  readonly allowEmpty?: boolean;
}

export type Preview =
  | DryRun
  /** How to give it something. */
  | { readonly definition: JobDefinition; readonly nothing: string }
  | { readonly definition: JobDefinition; readonly unavailable: string };

export interface DryRun {
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

/** Runs each dry, one after the other. @param named false: all jobs are meant, of which some may have nothing to look at. */
export async function makePreviews(
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
