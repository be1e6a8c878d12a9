import type { JobDefinition } from '../../job/define-job.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import { formatDuration } from '../../time/duration.ts';
import type { Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { messageBlocks } from './message-table.ts';
import { printReport } from './print-report.ts';

/** What a run found, for people, and how it ended; its fault is printed apart. */
export function printOutcome(io: Io, definition: JobDefinition, outcome: RunOutcome, dryRun: boolean): void {
  if (outcome.result !== null) printReport(io, definition.present(outcome.result));
  if (dryRun && outcome.status === 'succeeded') printReport(io, messageBlocks(outcome.job, outcome.messages));
  const words = outcome.status.replace('_', ' ');
  const tail = dryRun ? 'dry run: nothing was written' : `run ${outcome.runId}`;
  if (outcome.status === 'skipped') return;
  writeLine(io.stdout, `${outcome.job} ${words} in ${formatDuration(outcome.durationMs)} (${tail})`);
}
