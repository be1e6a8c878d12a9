import type { JobDefinition } from '../../job/define-job.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import { formatDuration } from '../../time/duration.ts';
import type { Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { type MessageGlimpse, messageBlocks } from './message-table.ts';
import { printReport } from './print-report.ts';

/** What a run found, for people, and how it ended; its fault is printed apart. `glimpses`: of a dry run's messages. */
export function printOutcome(
  io: Io,
  definition: JobDefinition,
  outcome: RunOutcome,
  glimpses: ReadonlyMap<QueuedMessage, MessageGlimpse> | null,
): void {
  const dryRun = glimpses !== null;
  if (outcome.result !== null) printReport(io, definition.present(outcome.result));
  if (dryRun && outcome.status === 'succeeded')
    printReport(io, messageBlocks(outcome.job, outcome.messages, glimpses));
  const words = outcome.status.replace('_', ' ');
  const tail = dryRun ? 'dry run: nothing was written' : `run ${outcome.runId}`;
  if (outcome.status === 'skipped') return;
  writeLine(io.stdout, `${outcome.job} ${words} in ${formatDuration(outcome.durationMs)} (${tail})`);
}
