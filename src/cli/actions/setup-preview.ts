import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { reasonOfSetup, stopSending } from '../../notify/outbox/sending.ts';
import { writeLine } from '../render/line.ts';
import { previewAllJobs } from '../runs/previews.ts';
import { printFault } from '../runs/print-fault.ts';
import { printReport } from '../runs/print-report.ts';
import { stopWords } from '../runs/sending-words.ts';
import type { Session } from '../session.ts';
import { sendSamples } from './setup-samples.ts';

export interface SetupPreview {
  /** Who sets up. */
  readonly by: string;
  /** Who gets a sample of each job; undefined: nobody. */
  readonly to: string | undefined;
  readonly offline: boolean;
}

/** The second half of `setup`: every job as `preview` shows it, the samples, and the stop of all sending. */
export async function previewAndStop(session: Session, { by, to, offline }: SetupPreview): Promise<ExitCode> {
  const { io, database, zones, logger } = session;
  // First: nothing that a daemon queues meanwhile may leave.
  const { changed, stop } = await stopSending(database.db, by, reasonOfSetup);
  if (changed)
    logger.info({ 'event.action': 'sending.stop', 'user.name': by }, `sending is stopped by ${by}`);
  const { exitCode, samples } = await previewAllJobs(session, offline);
  let sampled: ExitCode = ExitCode.ok;
  if (to !== undefined) {
    printReport(io, [{ kind: 'heading', text: `Samples to ${to}` }]);
    sampled = await sendSamples(session, to, samples).then(
      () => ExitCode.ok,
      (error: unknown) => {
        if (!(error instanceof OperatorError)) throw error;
        printFault(io, { ...error, message: error.message });
        return error.exitCode;
      },
    );
  }
  printReport(io, [{ kind: 'heading', text: 'Next' }]);
  writeLine(
    io.stdout,
    stop === null || changed
      ? 'Sending is stopped on every host; messages wait.'
      : stopWords(stop, zones.business),
  );
  writeLine(io.stdout, 'Let schedules run jobs: opsdeck-jobs enable JOB');
  writeLine(io.stdout, 'See what waits, and let messages go: opsdeck-jobs setup --go-live');
  return exitCode === ExitCode.ok ? sampled : exitCode;
}
